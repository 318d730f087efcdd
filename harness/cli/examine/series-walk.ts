// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { isGood, type SeriesChecks, type SeriesWalk } from '../../check/checks.ts';
import { renderChecksTable, renderChecksTap } from '../../report/series/checks.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { layered, liesElsewhere, type RunSpec } from '../../run/spec.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

/** What a command does with one series. */
export interface OneSeries {
  /** Below kernel-patches/, where the command names one by itself. */
  readonly name?: string | undefined;
  readonly work: (context: Context, walk: SeriesWalk) => Promise<Result<SeriesChecks>>;
}

/** TAP on stdout, the table on stderr; 0 when all is well, 1 when something was found. */
export const walkSeries = (
  invocation: Invocation,
  options: OutputFiles,
  { name, work }: OneSeries,
): Promise<number> =>
  deliverWalk(invocation, options, {
    name: 'checks',
    work: async (context, asked) => {
      const walk = await prepareWalk(context, name, asked);
      return walk.ok ? work(context, walk.value) : walk;
    },
    tap: renderChecksTap,
    text: renderChecksTable,
    good: isGood,
  });

const prepareWalk = async (
  context: Context,
  name: string | undefined,
  asked: RunSpec,
): Promise<Result<SeriesWalk>> => {
  if (name !== undefined && liesElsewhere(asked.kernel))
    return fail('usage', 'a name and --series-dir or --mbox are two series: give one');
  const named = name === undefined ? {} : { kernel: { series: [name] } };
  const sourced = await prepareWithSource(context, layered(asked, named));
  if (!sourced.ok) return sourced;
  const { source, inputs, spec } = sourced.value;
  const [series, other] = inputs.series;
  if (!series) return fail('usage', 'there is no series to look at');
  if (other) return fail('usage', 'one series is looked at at a time');
  return ok({ source, series, inputs, spec });
};
