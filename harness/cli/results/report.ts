// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Failure, type Result } from '../../base/result.ts';
import type { Context } from '../../base/context.ts';
import type { Cost } from '../../measure/cost/cost.ts';
import type { Coverage } from '../../measure/coverage/coverage.ts';
import { renderSummary } from '../../report/terminal/summary.ts';
import { renderTapOfRuns } from '../../report/tap.ts';
import { readResults } from '../../run/matrix/matrix-file.ts';
import type { KeptResult } from '../../run/result/result-file.ts';
import { RESULT } from '../../run/result/result.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { readMeasured } from './html-page.ts';
import { resultsHome, writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { roots } from '../session.ts';

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
  invocation: Invocation,
): Promise<number> => {
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(z.toJSONSchema(RESULT), null, 2)}\n`);
    return 0;
  }
  const { result, refuse, exitCode } = await attempt(invocation, (context) => report(context, paths, options), {
    asLog: true,
  });
  if (!result.ok) return refuse(result.failure);
  for (const kept of result.value)
    process.stderr.write(`${renderSummary(kept.result, kept.directory)}\n`);
  return exitCode(0);
};

const report = async (
  context: Context,
  paths: readonly string[],
  options: ReportOptions,
): Promise<Result<readonly KeptResult[]>> => {
  const read = paths.length === 0 ? await newest(context) : await readAll(context, paths);
  if (!read.ok) return read;
  const kept = read.value;
  const coverage = await measured<Coverage>(options.coverage, 'patches');
  if (!coverage.ok) return coverage;
  const cost = await measured<Cost>(options.cost, 'instructions');
  if (!cost.ok) return cost;
  const written = await writeOutputs([
    [options.tap, renderTapOfRuns(kept)],
    ...(await renderings(options, kept, roots().project, {
      ...(coverage.value ? { coverage: coverage.value } : {}),
      ...(cost.value ? { cost: cost.value } : {}),
    })),
  ]);
  return written.ok ? ok(kept) : written;
};

/** What the paths stand for; one that is no result is passed over with a word. Fails where none is. */
const readAll = async (
  { emit }: Context,
  paths: readonly string[],
): Promise<Result<readonly KeptResult[]>> => {
  const kept: KeptResult[] = [];
  const others: Failure[] = [];
  for (const path of paths) {
    const results = await readResults(path);
    if (results.ok) kept.push(...results.value);
    else others.push(results.failure);
  }
  const [first] = others;
  if (first && kept.length === 0) return { ok: false, failure: first };
  for (const { what, detail } of others)
    emit({
      type: 'warning',
      text: `passed over: ${[what, ...(detail ? [detail] : [])].join(': ')}`,
    });
  return ok(kept);
};

/** The newest run among the results, whose directories are called by their time. */
const newest = async ({ env }: Context): Promise<Result<readonly KeptResult[]>> => {
  const home = resultsHome(env);
  const names = (await readdir(home).catch(() => [])).sort().reverse();
  for (const name of names) {
    const results = await readResults(relative(process.cwd(), join(home, name)));
    if (results.ok) return results;
  }
  return fail('usage', 'there is no run yet', {
    where: home,
    remedy: 'run kbt boot-test, or name a file that --json wrote',
  });
};

/** Nothing where none is named. */
const measured = <T>(
  file: string | undefined,
  field: keyof T & string,
): Promise<Result<T | undefined>> =>
  file === undefined ? Promise.resolve(ok(undefined)) : readMeasured<T>(file, field);
