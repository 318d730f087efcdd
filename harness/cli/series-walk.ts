// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { isGood, type SeriesChecks, type SeriesWanted } from '../check/checks.ts';
import { renderChecksTable, renderChecksTap } from '../report/checks.ts';
import { readInputs, tellOrder } from '../run/inputs.ts';
import { usualRun } from '../run/run-plan.ts';
import { acquireSource } from '../source/acquire.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';

/** The options of all commands that look at one series. */
export interface SeriesWalkOptions {
  readonly seriesDir?: string;
  readonly source?: string;
  readonly frozen: boolean;
  readonly tap?: string;
  readonly json?: string;
}

/** TAP on stdout, the table on stderr; 0 when all is well, 1 when something was found. */
export const walkSeries = async (
  names: readonly string[] | undefined,
  options: SeriesWalkOptions,
  work: (context: Context, wanted: SeriesWanted) => Promise<Result<SeriesChecks>>,
): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const wanted = await prepare(context, names, options, directory);
      return wanted.ok ? work(context, wanted.value) : wanted;
    },
    { asLog: true },
  );
  const code = await deliver(done, {
    name: 'checks',
    directory,
    options,
    tap: renderChecksTap,
    text: renderChecksTable,
    good: isGood,
  });
  const stopped = done.result.ok ? done.result.value.stopped : undefined;
  return stopped ? done.refuse(stopped) : code;
};

const prepare = async (
  context: Context,
  names: readonly string[] | undefined,
  options: SeriesWalkOptions,
  directory: string,
): Promise<Result<SeriesWanted>> => {
  const { seriesDir } = options;
  if (names !== undefined && seriesDir !== undefined)
    return fail('usage', 'a name and --series-dir are two series: give one');
  const inputs = await readInputs(context, {
    series: seriesDir === undefined ? names : [],
    seriesDirectories: seriesDir === undefined ? [] : [seriesDir],
    variants: [],
  });
  if (!inputs.ok) return inputs;
  tellOrder(context, inputs.value.series);
  const [series, other] = inputs.value.series;
  if (!series) return fail('usage', 'there is no series to look at');
  if (other) return fail('usage', 'one series is looked at at a time');
  const accelerator = await chooseAccelerator('auto');
  if (!accelerator.ok) return accelerator;
  const source = await acquireSource(context, inputs.value.pin, {
    given: options.source ?? (process.env['KBT_SOURCE'] || undefined),
    frozen: options.frozen,
  });
  if (!source.ok) return source;
  return ok({
    source: source.value,
    series,
    inputs: inputs.value,
    run: usualRun(accelerator.value, inputs.value.needs, directory),
  });
};
