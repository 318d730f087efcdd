// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Took } from '../../base/cache/took.ts';
import type { Context } from '../../base/context.ts';
import { ok, type Result } from '../../base/result.ts';
import { isCompiled, type Includes } from '../../guest/compile.ts';
import { findImage } from '../../guest/image.ts';
import { findRootfs } from '../../guest/rootfs/rootfs.ts';
import { imageOf, type Kernel } from '../../kernel/kernel.ts';
import { machineOf } from '../guest/machine.ts';
import { isSaved, snapshotOf } from '../guest/snapshot.ts';
import type { Prepared } from '../prepare.ts';
import { givenRootfs } from '../rootfs.ts';
import { readDurations } from '../schedule/durations.ts';
import { repeatOf } from '../spec.ts';
import type { Plan } from '../tests/plan.ts';
import { quick, type ForeseenStep } from './step.ts';

/** What is known before the steps behind the kernel. */
interface Known {
  readonly took: Took;
  /** undefined where they have to be exported first. */
  readonly includes: Includes | undefined;
  /** undefined where it has to be built first. */
  readonly kernel: Kernel | undefined;
}

/** The steps behind the kernel. Fails with `environment` where the image lacks a program of the host's. */
export const afterKernel = async (
  context: Context,
  { plan, spec }: Prepared,
  { took, includes, kernel }: Known,
): Promise<Result<readonly ForeseenStep[]>> => {
  const image = await findImage(context);
  if (!image.ok) return image;
  const found = image.value;
  const given = await givenRootfs(spec);
  if (!given.ok) return given;
  const root = given.value ? await findRootfs(context, given.value) : ok(undefined);
  if (!root.ok) return root;
  const rootfs = root.value;
  const there = found && (given.value === undefined || rootfs !== undefined);
  const machine =
    kernel && there
      ? machineOf(spec, { kernel: imageOf(kernel), initrd: found.file, rootfs })
      : undefined;
  const snapshot =
    kernel && machine && spec.policy.fork
      ? await snapshotOf(context, machine, join(kernel.directory, 'config'))
      : undefined;
  const forks = snapshot !== undefined && isSaved(snapshot);
  const durations = await readDurations(context.cache);
  const times = plan.programs.map(({ name }) => durations[name]);
  const known = times.filter((one) => one !== undefined);
  const count = `${plan.programs.length} program${plan.programs.length === 1 ? '' : 's'}`;
  const unknown = times.length - known.length;
  return ok([
    {
      step: 'image',
      what: found ? 'there' : 'to pack',
      milliseconds: found ? quick(took, 'image') : took.of('image', 'made'),
    },
    ...(given.value
      ? [
          {
            step: 'rootfs' as const,
            what: rootfs ? 'there' : 'to read and to pack',
            milliseconds: rootfs ? quick(took, 'rootfs') : took.of('rootfs', 'made'),
          },
        ]
      : []),
    await programsStep(context, plan, includes, took),
    {
      step: 'boot',
      what: forks ? 'forks a VM that has booted' : 'from the beginning',
      milliseconds: took.of('boot', forks ? 'cached' : 'made'),
    },
    {
      step: 'run',
      what: `${count}${unknown > 0 ? `, ${unknown} of them for the first time` : ''}`,
      milliseconds:
        unknown > 0 ? undefined : known.reduce((sum, one) => sum + one, 0) * repeatOf(spec),
    },
  ]);
};

const programsStep = async (
  context: Context,
  { programs, helpers }: Plan,
  includes: Includes | undefined,
  took: Took,
): Promise<ForeseenStep> => {
  const sources = [
    ...helpers,
    ...programs.filter(({ kind }) => kind === 'c').map(({ source }) => source),
  ];
  const how = { optimised: false, ...(includes ? { includes } : {}) };
  const there = await Promise.all(
    sources.map((source) => (includes ? isCompiled(context, source, how) : Promise.resolve(false))),
  );
  const missing = there.filter((one) => !one).length;
  const milliseconds =
    missing === 0 ? quick(took, 'programs') : took.of('programs', 'made', missing);
  const what = missing === 0 ? 'there' : `${missing} of ${sources.length} to compile`;
  return { step: 'programs', what, milliseconds };
};
