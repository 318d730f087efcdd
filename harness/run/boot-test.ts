// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Context } from '../base/context.ts';
import { digest } from '../base/fingerprint.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { keepStepTimes } from '../base/step-times.ts';
import { readOwnKernel, type OwnKernelWanted } from '../kernel/own-kernel.ts';
import type { Series } from '../series/series.ts';
import { readDurations } from './durations.ts';
import { exitCodeOfRun, exitCodeOfSignal } from './exit-code.ts';
import { only, type Plan } from './plan.ts';
import { prepare, type PrepareWanted } from './prepare.ts';
import { tellSeries, type RunResult } from './result.ts';
import { runPlan, type RunOptions } from './run-plan.ts';
import { partOf, type Shard } from './shard.ts';
import { builtSubject, ownSubject, type SubjectWanted } from './subject.ts';

/** What the user asked for, options resolved to values. */
export interface BootTestWanted extends PrepareWanted, SubjectWanted {
  /** A kernel that was built elsewhere, in place of all sources. */
  readonly kernel?: OwnKernelWanted;
  readonly isolate: boolean;
  readonly jobs: number;
  readonly repeat: number;
  readonly untilFail: boolean;
  readonly shuffle: number | undefined;
  readonly fork: boolean;
  readonly dump: boolean;
  /** Of the plan only this part. */
  readonly shard?: Shard | undefined;
  /** Of a matrix the cell that this is. */
  readonly cell?: string;
}

/** The whole walk: pin → source → tree → kernel → image → VM → outcomes. */
export const bootTest = async (
  outer: Context,
  wanted: BootTestWanted,
): Promise<Result<RunResult>> => {
  const started = new Date();
  const began = performance.now();
  const { context, steps } = keepStepTimes(outer);
  const own = wanted.kernel ? await readOwnKernel(wanted.kernel) : undefined;
  if (own?.ok === false) return own;
  const prepared = await prepare(context, wanted);
  if (!prepared.ok) return prepared;
  const { inputs, run: usual } = prepared.value;
  const mine = await shardOf(context, prepared.value.plan, wanted.shard);
  if (!mine.ok) return mine;
  const plan = mine.value;
  const subject = own
    ? await ownSubject(context, wanted, inputs, own.value)
    : await builtSubject(context, wanted, { ...prepared.value, plan });
  if (!subject.ok) return subject;
  const { kernel, given, source, series } = subject.value;
  const options: RunOptions = {
    ...usual,
    isolate: wanted.isolate,
    jobs: wanted.jobs,
    repeat: wanted.repeat,
    untilFail: wanted.untilFail,
    shuffle: wanted.shuffle,
    dump: wanted.dump,
    // A package's kernel is booted once, and from its beginning.
    fork: wanted.fork && !wanted.packages,
    // All shards have to be cut alike, those after this one too.
    learns: wanted.shard === undefined,
  };
  const run = await runPlan(context, kernel, plan, options, given);
  if (!run.ok) return run;
  const { machine, image, ...executed } = run.value;
  const config = join(kernel.directory, 'config');
  if (existsSync(config)) await copyFile(config, join(wanted.directory, 'config'));
  const result: RunResult = {
    schema: 1,
    ...(wanted.cell === undefined ? {} : { cell: wanted.cell }),
    started: started.toISOString(),
    milliseconds: Math.round(performance.now() - began),
    source,
    series: tellSeries(context.project, series),
    patchset: patchsetOf(series),
    kernel: { fingerprint: kernel.fingerprint, release: kernel.release },
    image: { fingerprint: image.fingerprint },
    machine: {
      accelerator: machine.accelerator,
      cpus: machine.cpus,
      memoryMiB: machine.memoryMiB,
      qemuArgv: executed.argv,
    },
    ...(wanted.shuffle === undefined ? {} : { shuffle: wanted.shuffle }),
    ...(wanted.shard
      ? { shard: { ...wanted.shard, plan: prepared.value.plan.programs.map(({ name }) => name) } }
      : {}),
    programs: executed.programs,
    strayReports: executed.strayReports,
    baseReports: executed.baseReports,
    ...(executed.stopped ? { stopped: executed.stopped } : {}),
    steps,
    exitCode: context.signal.aborted
      ? exitCodeOfSignal(context.signal.reason)
      : exitCodeOfRun(executed),
  };
  await writeFile(join(wanted.directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  return ok(result);
};

/** As KernelCI's database has it, and `sha256sum *.patch | cut -c-64 | sha256sum`. */
const patchsetOf = (all: readonly Series[]): string => {
  const digests = all.flatMap(({ patches }) => patches.map((patch) => `${patch.sha256}\n`));
  return digests.length === 0 ? '' : digest(digests.join(''));
};

/** The part of a plan that is asked for. Fails with `usage` where nothing would be left of it. */
const shardOf = async (
  context: Context,
  plan: Plan,
  shard: Shard | undefined,
): Promise<Result<Plan>> => {
  if (!shard) return ok(plan);
  const durations = await readDurations(context.cache);
  const names = plan.programs.map(({ name }) => name);
  const mine = partOf(names, durations, shard);
  return mine.length > 0
    ? ok(only(plan, new Set(mine)))
    : fail('usage', `there is no program for shard ${shard.index} of ${shard.of}`, {
        remedy: `the plan has ${plan.programs.length}: ask for fewer shards`,
      });
};
