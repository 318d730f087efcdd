// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { fail, type Failure } from '../../base/result.ts';
import type { KernelReport } from '../../kernel-log/reports.ts';
import type { ExplainedReport } from '../program/explain.ts';
import { runWorker, type ExecuteOptions } from './worker.ts';
import { RunRecorder, type Stopped } from './run-recorder.ts';
import type { Program } from '../tests/plan.ts';
import type { ProgramResult } from '../result/program-result.ts';
import { combine } from '../tests/program-runs.ts';

export interface Executed {
  readonly programs: readonly ProgramResult[];
  readonly strayReports: readonly ExplainedReport[];
  /** The base kernel's own, not counted. */
  readonly baseReports: readonly KernelReport[];
  readonly argv: readonly string[];
  readonly stopped: Stopped | undefined;
}

/**
 * Runs a plan in one VM, or in several side by side. Each worker takes the next program
 * that waits. When a program contaminates its VM, the worker takes a fresh one. A program
 * that could not run stays `not-run`. Results come in the order of the plan.
 */
export const execute = async (context: Context, options: ExecuteOptions): Promise<Executed> => {
  const recorder = new RunRecorder(options.attribute);
  const waiting = [...options.runs];
  const worker = (): Promise<void> => runWorker(context, options, waiting, recorder);
  await Promise.all(Array.from({ length: Math.min(options.jobs, waiting.length) }, worker));
  const { stopped } = recorder;
  return {
    programs: options.plan.map(
      (program) =>
        combine(recorder.results.get(program.name) ?? []) ??
        unrun(program, options.unmet.get(program.name), stopped),
    ),
    strayReports: recorder.stray,
    baseReports: recorder.base,
    argv: recorder.argv,
    stopped,
  };
};

/** A program is skipped where its needs are not met, and otherwise `not-run`. */
const unrun = (
  { name }: Program,
  unmet: string | undefined,
  stopped: Stopped | undefined,
): ProgramResult => ({
  name,
  outcome: unmet === undefined ? 'not-run' : 'skip',
  why: unmet ?? stopped?.what ?? 'the run was stopped before',
  milliseconds: 0,
  results: [],
  reports: [],
  boot: 0,
});

/** The failure of a run that the environment caused, not the kernel; undefined where it caused none. */
export const environmentFailure = ({ stopped, programs }: Executed): Failure | undefined => {
  if (stopped?.by === 'environment')
    return fail('environment', stopped.what, { code: stopped.code, detail: stopped.detail })
      .failure;
  const killed = programs.find((p) => p.outcome === 'killed');
  const why = killed?.why ?? 'QEMU was killed from outside';
  return killed && fail('environment', why, { code: 'qemu-killed' }).failure;
};
