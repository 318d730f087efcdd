// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { includesOf } from '../guest/compile.ts';
import { obtainImage, type Image } from '../guest/image.ts';
import { configOf, imageOf, modulesOf, readSymbols, type Kernel } from '../kernel/kernel.ts';
import { nameOf } from '../kernel/symbols.ts';
import type { Machine } from '../vm/machine.ts';
import { attributeFor } from './program/attribute.ts';
import { execute, type Executed } from './schedule/execute.ts';
import { affordable } from './schedule/afford.ts';
import {
  durationsOf,
  longestFirst,
  readDurations,
  rememberDurations,
} from './schedule/durations.ts';
import { machineOf, specFor } from './guest/machine.ts';
import { packPrograms, type ProgramPayloads } from './tests/pack.ts';
import { rootfsFor } from './rootfs.ts';
import { withSuites } from './tests/kunit.ts';
import type { Plan } from './tests/plan.ts';
import { withKernelConfig } from './tests/ltp.ts';
import { checkModules, modulesFor } from './tests/modules.ts';
import { unmet, type KernelFacts } from './tests/unmet.ts';
import { repeatOf, type RunSpec } from './spec.ts';
import { shuffled, programRuns } from './tests/program-runs.ts';
import { Vms } from './guest/vms.ts';
import type { VmObserver } from './guest/vm-observer.ts';

export interface PlanRun extends Executed {
  readonly machine: Machine;
  readonly image: Image;
}

/** What only the engine knows of a run: nobody asks for it. */
export interface RunExtras {
  /** In place of the kernel's own: the same kernel out of a package. */
  readonly image?: string | undefined;
  /** The programs, compiled for this kernel. */
  readonly payloads?: ProgramPayloads | undefined;
  /** The kernel whose headers programs are compiled against; undefined: the one that runs. */
  readonly headers?: Kernel | undefined;
  readonly observer?: VmObserver | undefined;
}

/** Kernel → image → VM → outcomes. */
export const runPlan = async (
  context: Context,
  kernel: Kernel,
  asked: Plan,
  spec: RunSpec,
  extras: RunExtras = {},
): Promise<Result<PlanRun>> => {
  const planned = await withSuites(kernel, asked, spec.tests);
  if (!planned.ok) return planned;
  const plan = planned.value;
  const { policy, output } = spec;
  const image = await obtainImage(context, await modulesOf(kernel));
  if (!image.ok) return image;
  const rootfs = await rootfsFor(context, kernel, spec);
  if (!rootfs.ok) return rootfs;
  const payloads = extras.payloads
    ? ok(extras.payloads)
    : await packPrograms(context, plan, await includesOf(context, extras.headers ?? kernel));
  if (!payloads.ok) return payloads;
  // Of a search over states some may lack a module: its programs are skipped there.
  const loadable = checkModules(plan.programs, kernel, true);
  if (!loadable.ok) return loadable;
  const whole = await withKernelConfig(context, payloads.value, plan, kernel);
  if (!whole.ok) return whole;
  await mkdir(output.directory, { recursive: true });
  const files = {
    kernel: extras.image ?? imageOf(kernel),
    initrd: image.value.file,
    rootfs: rootfs.value,
  };
  const vms = new Vms(context, {
    ...{ image: image.value, spec, observer: extras.observer },
    config: join(kernel.directory, 'config'),
    nameOf: (address) => nameOf(kernel, address),
  });
  const durations = await readDurations(context.cache);
  const lacking = await unmetOf(plan, kernel, {
    variants: spec.kernel.variants,
    rootfs: rootfs.value !== undefined,
  });
  const able = plan.programs.filter(({ name }) => !lacking.has(name));
  const machines = able.map(({ needs }) => machineOf(specFor(spec, needs), files));
  const jobs = await affordable(context, policy.jobs, machines);
  const order = policy.shuffle === undefined ? able : shuffled(able, policy.shuffle);
  const executed = await execute(context, {
    ...{ spec, files, jobs, vms, observer: extras.observer },
    plan: plan.programs,
    runs: programRuns(jobs === 1 ? order : longestFirst(order, durations), repeatOf(spec)),
    unmet: lacking,
    payloads: whole.value,
    modules: await modulesFor(kernel, plan),
    attribute: attributeFor(context, kernel),
    nameOf: (address) => nameOf(kernel, address),
  });
  // All shards have to be cut alike, those after this one too: of a part nothing is learnt.
  if (!policy.shard) await rememberDurations(context.cache, durationsOf(executed.programs));
  return ok({ ...executed, machine: machineOf(spec, files), image: image.value });
};

/** Why programs of the plan cannot run on this kernel, by name. */
const unmetOf = async (
  { programs }: Plan,
  kernel: Kernel,
  { variants, rootfs }: Pick<KernelFacts, 'variants' | 'rootfs'>,
): Promise<ReadonlyMap<string, string>> => {
  const facts = {
    config: await configOf(kernel),
    symbols: await readSymbols(kernel),
    ...{ variants, rootfs, modules: kernel.modules },
  };
  return new Map(
    programs.flatMap(({ name, needs }) => {
      const why = unmet(needs, facts);
      return why === undefined ? [] : [[name, why] as const];
    }),
  );
};
