// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { BootTestWanted } from '../run/boot-test.ts';
import type { KeptMatrix } from '../run/matrix-file.ts';
import { planMatrix } from '../run/matrix-plan.ts';
import { runMatrix } from '../run/matrix.ts';
import type { Shard } from '../run/shard.ts';
import { seriesIn } from '../series/series.ts';
import type { SourceName } from '../run/sources.ts';
import { newestPin } from '../source/newest.ts';
import { readPin } from '../source/pin.ts';
import { attempt } from './attempt.ts';
import { clashOf } from './clash.ts';
import { deliverRuns } from './deliver-runs.ts';
import { resultDirectory } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export interface MatrixOptions extends TestingOptions, RenderingOptions {
  readonly sources: readonly SourceName[];
  readonly jobs: number;
  readonly shard?: Shard;
  readonly to?: string;
  readonly id?: string;
}

/** Runs the cells, or those of a shard, and ends as the gravest of them. */
export const matrixCommand = async (
  rows: readonly string[],
  options: MatrixOptions,
): Promise<number> => {
  const directory = options.to ?? resultDirectory();
  const done = await attempt((context) => matrix(context, rows, options, directory), {
    asLog: true,
  });
  return deliverRuns(done, directory, options);
};

const matrix = async (
  context: Context,
  rows: readonly string[],
  options: MatrixOptions,
  directory: string,
): Promise<Result<KeptMatrix>> => {
  const clash = clashOf(options);
  if (clash !== undefined) return fail('usage', clash);
  const given = (['tree', 'seriesDir', 'config'] as const).find((one) => options[one]);
  if (given !== undefined)
    return fail('usage', 'a matrix is run of the series below kernel-patches/', {
      remedy: 'use boot-test for what lies elsewhere',
    });
  if (options.newest)
    return fail('usage', 'a matrix has its sources by --sources', {
      remedy: 'ask for --sources newest',
    });
  if (options.sources.includes('newest') && (options.source !== undefined || options.frozen))
    return fail('usage', '--sources newest does not go with a source that is given, or --frozen');
  const series = options.series ?? (await seriesIn(join(context.project, 'kernel-patches')));
  const there = await sourcesThere(context, options.sources);
  if (!there.ok) return there;
  const { sources, notes } = there.value;
  for (const text of notes) context.emit({ type: 'warning', text });
  const common: BootTestWanted = {
    ...testingWanted(options, directory),
    allowWarnings: false,
    isolate: false,
    jobs: options.jobs,
    repeat: 1,
    untilFail: false,
    shuffle: undefined,
    fork: true,
    dump: false,
  };
  const cells = await planMatrix(context, { rows, series, sources, common });
  const { shard, id } = options;
  return cells.ok ? runMatrix(context, cells.value, { directory, shard, id, notes }) : cells;
};

/** What sources there are: the newest is left out where it is the pin, or the same cells would run twice. */
const sourcesThere = async (
  context: Context,
  wanted: readonly SourceName[],
): Promise<
  Result<{ readonly sources: readonly SourceName[]; readonly notes: readonly string[] }>
> => {
  if (!wanted.includes('newest')) return ok({ sources: wanted, notes: [] });
  const pin = await readPin(context);
  if (!pin.ok) return pin;
  const { version } = pin.value;
  const newest = await newestPin(context, pin.value);
  if (!newest.ok) return newest;
  if (newest.value.version !== version) return ok({ sources: wanted, notes: [] });
  const note = `nothing newer than the pin, Linux ${version}, is on offer: its cells are left out`;
  return ok({ sources: ['pin'], notes: [note] });
};
