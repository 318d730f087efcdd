// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { fail, ok, type Result } from '../base/result.ts';
import type { Cost } from '../measure/cost.ts';
import type { Coverage } from '../measure/coverage.ts';
import { renderSummary } from '../report/summary.ts';
import { renderTapOfRuns } from '../report/tap.ts';
import { readRuns } from '../run/matrix-file.ts';
import type { KeptRun } from '../run/result-file.ts';
import { RUN_RESULT } from '../run/result.ts';
import { attempt } from './attempt.ts';
import { readMeasured } from './html-page.ts';
import { writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { places } from './session.ts';

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
  const { result, refuse, exitCode } = await attempt(() => report(paths, options), { asLog: true });
  if (!result.ok) return refuse(result.failure);
  for (const kept of result.value)
    process.stderr.write(`${renderSummary(kept.result, kept.directory)}\n`);
  return exitCode(0);
};

const report = async (
  paths: readonly string[],
  options: ReportOptions,
): Promise<Result<readonly KeptRun[]>> => {
  if (paths.length === 0)
    return fail('usage', 'no result is named', {
      remedy: 'name directories below results/, or see kbt report --help',
    });
  const kept: KeptRun[] = [];
  for (const path of paths) {
    const runs = await readRuns(path);
    if (!runs.ok) return runs;
    kept.push(...runs.value);
  }
  const coverage = await measured<Coverage>(options.coverage, 'patches');
  if (!coverage.ok) return coverage;
  const cost = await measured<Cost>(options.cost, 'instructions');
  if (!cost.ok) return cost;
  const written = await writeOutputs([
    [options.tap, renderTapOfRuns(kept)],
    ...(await renderings(options, kept, places().project, {
      ...(coverage.value ? { coverage: coverage.value } : {}),
      ...(cost.value ? { cost: cost.value } : {}),
    })),
  ]);
  return written.ok ? ok(kept) : written;
};

/** Nothing where none is named. */
const measured = <T>(
  file: string | undefined,
  field: keyof T & string,
): Promise<Result<T | undefined>> =>
  file === undefined ? Promise.resolve(ok(undefined)) : readMeasured<T>(file, field);
