// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { exitCodeOf, ok, type Failure, type Result } from '../base/result.ts';
import type { Cost } from '../measure/cost.ts';
import type { Coverage } from '../measure/coverage.ts';
import { renderFailure } from '../report/failure.ts';
import { renderSummary } from '../report/summary.ts';
import { renderTapOfRuns } from '../report/tap.ts';
import { readRun, RUN_RESULT, type KeptRun } from '../run/result-file.ts';
import { readMeasured } from './html-page.ts';
import { writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { repositoryRoot } from './session.ts';

export interface ReportOptions extends RenderingOptions {
  readonly tap?: string;
  readonly coverage?: string;
  readonly cost?: string;
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
  const coverage = await measured<Coverage>(options.coverage, 'patches');
  if (!coverage.ok) return refuse(coverage.failure);
  const cost = await measured<Cost>(options.cost, 'instructions');
  if (!cost.ok) return refuse(cost.failure);
  const written = await writeOutputs([
    [options.tap, renderTapOfRuns(kept)],
    ...(await renderings(options, kept, repositoryRoot(), {
      ...(coverage.value ? { coverage: coverage.value } : {}),
      ...(cost.value ? { cost: cost.value } : {}),
    })),
  ]);
  if (!written.ok) return refuse(written.failure);
  for (const { result, directory } of kept)
    process.stderr.write(`${renderSummary(result, directory)}\n`);
  return 0;
};

/** Nothing where none is named. */
const measured = <T>(
  file: string | undefined,
  field: keyof T & string,
): Promise<Result<T | undefined>> =>
  file === undefined ? Promise.resolve(ok(undefined)) : readMeasured<T>(file, field);

const NOTHING: Failure = {
  kind: 'usage',
  what: 'no result is named',
  remedy: 'name directories below results/, or see kbt report --help',
};

const refuse = (failure: Failure): number => {
  process.stderr.write(`${renderFailure(failure)}\n`);
  return exitCodeOf(failure.kind);
};
