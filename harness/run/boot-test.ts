// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { ARCH } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { digest } from '../base/fingerprint.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { keepStepTimes } from '../base/step-times.ts';
import type { Series } from '../series/series.ts';
import { readDurations } from './schedule/durations.ts';
import { exitCodeOfRun, exitCodeOfSignal } from './result/exit-code.ts';
import { only, type Plan } from './tests/plan.ts';
import { prepare } from './prepare.ts';
import { withReasons } from './tests/known-failures.ts';
import { withSeries } from './tests/with-series.ts';
import { SCHEMA, tellSeries, type RunResult } from './result/result.ts';
import { runPlan } from './run-plan.ts';
import { partOf, type Shard } from './schedule/shard.ts';
import type { RunSpec } from './spec.ts';
import { builtSubject, prebuiltSubject } from './subject.ts';
import { readPrebuilt } from './rootfs.ts';

/** The whole walk: pin → source → tree → kernel → image → VM → outcomes. */
export const bootTest = async (outer: Context, asked: RunSpec): Promise<Result<RunResult>> => {
  const started = new Date();
  const began = performance.now();
  const { context, steps } = keepStepTimes(outer);
  const own = await readPrebuilt(asked);
  if (!own.ok) return own;
  const whole = await prepare(context, asked);
  if (!whole.ok) return whole;
  const { spec } = whole.value;
  const { policy, output } = spec;
  const plan = await shardOf(context, whole.value.plan, policy.shard);
  if (!plan.ok) return plan;
  const prepared = { ...whole.value, plan: plan.value };
  const subject = own.value
    ? await prebuiltSubject(context, prepared, own.value)
    : await builtSubject(context, prepared);
  if (!subject.ok) return subject;
  const { kernel, extras, source, series } = subject.value;
  context.emit({ type: 'step', reason: 'progress', step: 'boot', text: prepared.note });
  const run = await runPlan(context, kernel, plan.value, spec, extras);
  if (!run.ok) return run;
  const { machine, image, ...executed } = run.value;
  const { programs, passing } = withReasons(executed.programs, whole.value.known);
  for (const text of passing) context.emit({ type: 'warning', text });
  const config = join(kernel.directory, 'config');
  if (existsSync(config)) await copyFile(config, join(output.directory, 'config'));
  const result: RunResult = {
    schema: SCHEMA,
    kind: 'run',
    architecture: ARCH.name,
    ...(output.cell === undefined ? {} : { cell: output.cell }),
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
    ...(policy.shuffle === undefined ? {} : { shuffle: policy.shuffle }),
    ...(policy.shard
      ? { shard: { ...policy.shard, plan: whole.value.plan.programs.map(({ name }) => name) } }
      : {}),
    programs: withSeries(programs, plan.value),
    strayReports: executed.strayReports,
    baseReports: executed.baseReports,
    ...(executed.stopped ? { stopped: executed.stopped } : {}),
    steps,
    exitCode: context.signal.aborted
      ? exitCodeOfSignal(context.signal.reason)
      : exitCodeOfRun(executed),
  };
  await writeFile(join(output.directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
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
