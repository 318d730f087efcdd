// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { isGood, type SeriesChecks, type SeriesWalk } from '../../check/checks.ts';
import { renderChecksTable, renderChecksTap } from '../../report/series/checks.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { layered } from '../../run/spec.ts';
import { attempt } from '../attempt.ts';
import { deliver } from '../results/deliver.ts';
import { specOf, walkIn } from '../options/resolve.ts';
import { resultDirectory } from '../results/outputs.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

/** TAP on stdout, the table on stderr; 0 when all is well, 1 when something was found. */
export const walkSeries = async (
  name: string | undefined,
  options: OutputFiles,
  command: CommandUnknownOpts,
  work: (context: Context, wanted: SeriesWalk) => Promise<Result<SeriesChecks>>,
): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const wanted = await prepareWalk(context, name, command, directory);
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

const prepareWalk = async (
  context: Context,
  name: string | undefined,
  command: CommandUnknownOpts,
  directory: string,
): Promise<Result<SeriesWalk>> => {
  const asked = await specOf(command, walkIn(directory));
  if (!asked.ok) return asked;
  const { seriesDirectories } = asked.value.kernel;
  if (name !== undefined && seriesDirectories.length > 0)
    return fail('usage', 'a name and --series-dir are two series: give one');
  const named = name === undefined ? {} : { kernel: { series: [name] } };
  const sourced = await prepareWithSource(context, layered(asked.value, named));
  if (!sourced.ok) return sourced;
  const { source, inputs, spec } = sourced.value;
  const [series, other] = inputs.series;
  if (!series) return fail('usage', 'there is no series to look at');
  if (other) return fail('usage', 'one series is looked at at a time');
  return ok({ source, series, inputs, spec });
};
