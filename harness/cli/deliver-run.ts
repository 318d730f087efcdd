// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { renderSummary } from '../report/summary.ts';
import { renderTap } from '../report/tap.ts';
import type { RunResult } from '../run/result.ts';
import type { Attempt } from './attempt.ts';
import { writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { places } from './session.ts';

export interface RunOutputs extends RenderingOptions {
  readonly tap?: string;
  readonly json?: string;
}

/** TAP on stdout, the summary on stderr, all forms that were asked for into files; gives the exit code. */
export const deliverRun = async (
  { result, refuse, exitCode }: Attempt<RunResult>,
  directory: string,
  options: RunOutputs,
): Promise<number> => {
  if (!result.ok) return refuse(result.failure);
  const shown = relative(process.cwd(), directory);
  const tap = renderTap(result.value, shown);
  const written = await writeOutputs([
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    [options.json, `${JSON.stringify(result.value, null, 2)}\n`],
    ...(await renderings(options, [{ result: result.value, directory: shown }], places().project)),
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(result.value, shown)}\n`);
  return exitCode(result.value.exitCode);
};
