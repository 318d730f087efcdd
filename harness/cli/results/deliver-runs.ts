// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { ok } from '../../base/result.ts';
import { renderSummary } from '../../report/terminal/summary.ts';
import { renderTapOfRuns } from '../../report/tap.ts';
import type { KeptResult } from '../../run/result/result-file.ts';
import type { RunResult } from '../../run/result/result.ts';
import type { Attempt } from '../attempt.ts';
import { writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { roots } from '../session.ts';

export interface RunOutputs extends RenderingOptions {
  readonly tap?: string;
  readonly json?: string;
}

/** What a command has run, and how it ends. */
export interface Runs {
  readonly runs: readonly KeptResult[];
  readonly exitCode: number;
}

/** One run alone, in the form of several. */
export const oneRun = (done: Attempt<RunResult>, directory: string): Attempt<Runs> => {
  const { result } = done;
  if (!result.ok) return { ...done, result };
  const { exitCode } = result.value;
  return { ...done, result: ok({ runs: [{ directory, result: result.value }], exitCode }) };
};

/** TAP on stdout, the summary on stderr, all forms that were asked for into files; gives the exit code. */
export const deliverRuns = async (
  { result, refuse, exitCode }: Attempt<Runs>,
  directory: string,
  options: RunOutputs,
): Promise<number> => {
  if (!result.ok) return refuse(result.failure, { json: options.json });
  const runs = result.value.runs.map((run) => ({
    ...run,
    directory: relative(process.cwd(), run.directory),
  }));
  const tap = renderTapOfRuns(runs);
  const [only] = runs;
  const data = runs.length === 1 ? only?.result : runs.map((run) => run.result);
  const written = await writeOutputs([
    [options.json, `${JSON.stringify(data, null, 2)}\n`],
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    ...(await renderings(options, runs, roots().project)),
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(tap);
  for (const run of runs) process.stderr.write(`${renderSummary(run.result, run.directory)}\n`);
  return exitCode(result.value.exitCode);
};
