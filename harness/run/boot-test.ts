// SPDX-License-Identifier: MIT
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Context } from '../base/context.ts';
import { exitCodeOfOutcomes, gravest } from '../base/outcome.ts';
import { exitCodeOf, ok, type Result } from '../base/result.ts';
import { readFragments } from '../kconfig/configure.ts';
import { readNeeds } from '../kconfig/needs.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import { readAllSeries } from '../series/series.ts';
import { acquireSource } from '../source/acquire.ts';
import { readPin } from '../source/pin.ts';
import { chooseAccelerator, type Accelerator } from '../vm/accelerator.ts';
import type { Executed } from './execute.ts';
import { makePlan } from './plan.ts';
import type { RunResult } from './result.ts';
import { runPlan } from './run-plan.ts';

/** What the user asked for, options resolved to values. */
export interface BootTestWanted {
  readonly source: string | undefined;
  readonly frozen: boolean;
  readonly series: readonly string[];
  readonly seriesDirectories: readonly string[];
  readonly variants: readonly string[];
  readonly tests: readonly string[];
  readonly testDirectories: readonly string[];
  readonly allowWarnings: boolean;
  readonly accelerator: 'auto' | Accelerator;
  readonly cpus: number;
  /** undefined: as much as the variants ask for. */
  readonly memoryMiB: number | undefined;
  /** Seconds; undefined: the usual, longer where a variant is slow. */
  readonly timeout: number | undefined;
  readonly bootTimeout: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Added to the kernel's command line. */
  readonly append: string;
  /** A new directory under results/. */
  readonly directory: string;
}

/** For a program without a deadline of its own, and until SSH answers. */
const DEADLINE_S = 30;
const BOOT_DEADLINE_S = 120;

/** The whole walk: pin → source → tree → kernel → image → VM → outcomes. */
export const bootTest = async (
  context: Context,
  wanted: BootTestWanted,
): Promise<Result<RunResult>> => {
  const started = new Date();
  const began = performance.now();
  // What a person may have got wrong is looked at before anything is built.
  const pin = await readPin(context.root);
  if (!pin.ok) return pin;
  const series = await readAllSeries(context.root, wanted.series, wanted.seriesDirectories);
  if (!series.ok) return series;
  const patches = join(context.root, 'kernel-patches');
  const variants = wanted.variants.map((name) => join(patches, 'variants', `${name}.config`));
  const fragments = await readFragments([
    join(patches, 'base.config'),
    ...series.value.flatMap((s) => (s.config === undefined ? [] : [s.config])),
    ...variants,
  ]);
  if (!fragments.ok) return fragments;
  const needs = await readNeeds(variants);
  if (!needs.ok) return needs;
  const plan = await makePlan({
    home: join(context.root, 'guest', 'programs'),
    series: series.value.map((s) => s.name),
    directories: wanted.testDirectories,
    suites: series.value.flatMap((s) => s.suites),
    tests: wanted.tests,
  });
  if (!plan.ok) return plan;
  // An accelerator that is not there is told before a build, not after it.
  const accelerator = await chooseAccelerator(wanted.accelerator);
  if (!accelerator.ok) return accelerator;

  const source = await acquireSource(context, pin.value, {
    given: wanted.source,
    frozen: wanted.frozen,
  });
  if (!source.ok) return source;
  const kernel = await obtainKernel(context, {
    source: source.value,
    series: series.value,
    fragments: fragments.value,
    variant: ['build', ...wanted.variants].join('-'),
    allowWarnings: wanted.allowWarnings,
  });
  if (!kernel.ok) return kernel;
  const run = await runPlan(context, kernel.value, plan.value, {
    accelerator: accelerator.value,
    cpus: wanted.cpus,
    memoryMiB: wanted.memoryMiB ?? needs.value.memoryMiB,
    append: wanted.append,
    timeout: wanted.timeout ?? DEADLINE_S * needs.value.slower,
    bootTimeout: wanted.bootTimeout ?? BOOT_DEADLINE_S * needs.value.slower,
    slower: needs.value.slower,
    environment: wanted.environment,
    directory: wanted.directory,
  });
  if (!run.ok) return run;
  const { machine, image, ...executed } = run.value;
  await copyFile(join(kernel.value.directory, 'config'), join(wanted.directory, 'config'));
  const { version, flavour, digest, verified, unpinned } = source.value;
  const result: RunResult = {
    schema: 1,
    started: started.toISOString(),
    milliseconds: Math.round(performance.now() - began),
    source: { version, flavour, digest, verified, unpinned },
    series: series.value.map((s) => ({ name: s.name, patches: s.patches.map((p) => p.name) })),
    kernel: { fingerprint: kernel.value.fingerprint, release: kernel.value.release },
    image: { fingerprint: image.fingerprint },
    machine: {
      accelerator: machine.accelerator,
      cpus: machine.cpus,
      memoryMiB: machine.memoryMiB,
      qemuArgv: executed.argv,
    },
    programs: executed.programs,
    strayReports: executed.strayReports,
    baseReports: executed.baseReports,
    ...(executed.stopped ? { stopped: executed.stopped } : {}),
    exitCode: exitCodeOfRun(executed, context.signal),
  };
  await writeFile(join(wanted.directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  return ok(result);
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
