// SPDX-License-Identifier: MIT
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Context } from '../base/context.ts';
import { exitCodeOfOutcomes, gravest } from '../base/outcome.ts';
import { exitCodeOf, fail, ok, type Result } from '../base/result.ts';
import { obtainKernel, type KernelWanted } from '../kernel/obtain.ts';
import { packKernel } from '../kernel/package.ts';
import { fragmentsAt, prefixOf } from '../series/prefix.ts';
import type { Executed } from './execute.ts';
import type { Inputs } from './inputs.ts';
import { prepare, type PrepareWanted } from './prepare.ts';
import type { RunResult } from './result.ts';
import { runPlan, type RunOptions } from './run-plan.ts';

/** What the user asked for, options resolved to values. */
export interface BootTestWanted extends PrepareWanted {
  readonly allowWarnings: boolean;
  /** Of the series only so many patches. */
  readonly patches?: number;
  readonly isolate: boolean;
  readonly jobs: number;
  readonly repeat: number;
  readonly untilFail: boolean;
  readonly shuffle: number | undefined;
  readonly fork: boolean;
  readonly dump: boolean;
  /** Make Debian packages, and test the kernel that they hold. */
  readonly packages?: { readonly localVersion: string; readonly directory: string };
}

/** The whole walk: pin → source → tree → kernel → image → VM → outcomes. */
export const bootTest = async (
  context: Context,
  wanted: BootTestWanted,
): Promise<Result<RunResult>> => {
  const started = new Date();
  const began = performance.now();
  const prepared = await prepare(context, wanted);
  if (!prepared.ok) return prepared;
  const { inputs, plan, source, variant, run: usual } = prepared.value;
  const patched = firstPatches(inputs, wanted.patches);
  if (!patched.ok) return patched;
  const { packages } = wanted;
  const kernelWanted: KernelWanted = {
    source,
    ...patched.value,
    variant,
    allowWarnings: wanted.allowWarnings,
    ...(packages ? { localVersion: packages.localVersion } : {}),
  };
  const kernel = await obtainKernel(context, kernelWanted);
  if (!kernel.ok) return kernel;
  const packed = packages
    ? await packKernel(context, kernelWanted, packages.directory)
    : ok({ bzImage: undefined });
  if (!packed.ok) return packed;
  const options: RunOptions = {
    ...usual,
    isolate: wanted.isolate,
    jobs: wanted.jobs,
    repeat: wanted.repeat,
    untilFail: wanted.untilFail,
    shuffle: wanted.shuffle,
    dump: wanted.dump,
    // A package's kernel is booted once, and from its beginning.
    fork: wanted.fork && !packages,
  };
  const run = await runPlan(context, kernel.value, plan, options, packed.value.bzImage);
  if (!run.ok) return run;
  const { machine, image, ...executed } = run.value;
  await copyFile(join(kernel.value.directory, 'config'), join(wanted.directory, 'config'));
  const { version, flavour, digest, verified, unpinned } = source;
  const result: RunResult = {
    schema: 1,
    started: started.toISOString(),
    milliseconds: Math.round(performance.now() - began),
    source: { version, flavour, digest, verified, unpinned },
    series: patched.value.series.map((s) => ({
      name: s.name,
      patches: s.patches.map((p) => p.name),
    })),
    kernel: { fingerprint: kernel.value.fingerprint, release: kernel.value.release },
    image: { fingerprint: image.fingerprint },
    machine: {
      accelerator: machine.accelerator,
      cpus: machine.cpus,
      memoryMiB: machine.memoryMiB,
      qemuArgv: executed.argv,
    },
    ...(wanted.shuffle === undefined ? {} : { shuffle: wanted.shuffle }),
    programs: executed.programs,
    strayReports: executed.strayReports,
    baseReports: executed.baseReports,
    ...(executed.stopped ? { stopped: executed.stopped } : {}),
    exitCode: exitCodeOfRun(executed, context.signal),
  };
  await writeFile(join(wanted.directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  return ok(result);
};

/** The series and their options, or the first patches of them with theirs. Fails with `usage`. */
const firstPatches = (
  { series, fragments }: Inputs,
  count: number | undefined,
): Result<Pick<KernelWanted, 'series' | 'fragments'>> => {
  if (count === undefined) return ok({ series, fragments });
  const all = series.reduce((sum, { patches }) => sum + patches.length, 0);
  if (count > all) return fail('usage', `--patches ${count}: there are only ${all}`);
  const { start } = fragments;
  return ok({
    series: prefixOf(series, count),
    fragments: {
      ...fragmentsAt(fragments.options, series, count),
      ...(start === undefined ? {} : { start }),
    },
  });
};

/** A boot that failed is the kernel's fault, 1; a QEMU that does not start or was killed is the environment's, 3. */
const exitCodeOfRun = (executed: Executed, signal: AbortSignal): number => {
  if (signal.aborted) return signal.reason === 'SIGINT' ? exitCodeOf('interrupted') : 143;
  const environment = executed.stopped?.by === 'environment';
  // What the environment kept from running says nothing about the kernel.
  const ran = executed.programs.filter((p) => p.outcome !== 'not-run' || !environment);
  return gravest([
    ...(executed.strayReports.length > 0 ? [1] : []),
    ...(environment ? [exitCodeOf('environment')] : []),
    ...(ran.length > 0 ? [exitCodeOfOutcomes(ran.map((p) => p.outcome))] : []),
  ]);
};
