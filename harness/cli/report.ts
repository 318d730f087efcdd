// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { exitCodeOf, type Failure } from '../base/result.ts';
import { renderFailure } from '../report/failure.ts';
import { renderSummary } from '../report/summary.ts';
import { renderTapOfRuns } from '../report/tap.ts';
import { readRun, RUN_RESULT, type KeptRun } from '../run/result-file.ts';
import { writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { repositoryRoot } from './session.ts';

export interface ReportOptions extends RenderingOptions {
  readonly tap?: string;
  readonly schema: boolean;
}

/** Renders runs that are over; its exit code says whether that could be done, not how they ended. */
export const reportCommand = async (
  paths: readonly string[],
  options: ReportOptions,
): Promise<number> => {
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(z.toJSONSchema(RUN_RESULT), null, 2)}\n`);
    return 0;
  }
  if (paths.length === 0) return refuse(NOTHING);
  const kept: KeptRun[] = [];
  for (const path of paths) {
    const run = await readRun(path);
    if (!run.ok) return refuse(run.failure);
    kept.push(run.value);
  }
  const written = await writeOutputs([
    [options.tap, renderTapOfRuns(kept)],
    ...(await renderings(options, kept, repositoryRoot())),
  ]);
  if (!written.ok) return refuse(written.failure);
  for (const { result, directory } of kept)
    process.stderr.write(`${renderSummary(result, directory)}\n`);
  return 0;
};

const NOTHING: Failure = {
  kind: 'usage',
  what: 'no result is named',
  remedy: 'name directories below results/, or see kbt report --help',
};

const refuse = (failure: Failure): number => {
  process.stderr.write(`${renderFailure(failure)}\n`);
  return exitCodeOf(failure.kind);
};
