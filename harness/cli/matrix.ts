// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { KeptMatrix } from '../run/matrix/matrix-file.ts';
import { planMatrix } from '../run/matrix/matrix-plan.ts';
import { runMatrix } from '../run/matrix/matrix.ts';
import { liesElsewhere, type RunSpec } from '../run/spec.ts';
import { seriesIn } from '../series/series.ts';
import type { SourceName } from '../run/matrix/sources.ts';
import { newestPin } from '../source/fetch/newest.ts';
import { readPin } from '../source/pin.ts';
import { attempt } from './attempt.ts';
import type { Invocation } from './invocation.ts';
import { deliverRuns } from './results/deliver-runs.ts';
import { specOf } from './options/resolve.ts';
import { resultDirectory } from './results/outputs.ts';
import type { RenderingOptions } from './results/rendering-options.ts';

export interface MatrixOptions extends RenderingOptions {
  readonly sources: readonly SourceName[];
  readonly to?: string;
  readonly id?: string;
}

/** Runs the cells, or those of a shard, and ends as the gravest of them. */
export const matrixCommand = async (
  rows: readonly string[],
  options: MatrixOptions,
  invocation: Invocation,
): Promise<number> => {
  const directory = options.to ?? resultDirectory(invocation);
  const done = await attempt(
    invocation,
    async (context) => {
      const spec = specOf(invocation, { over: { output: { directory } } });
      return spec.ok ? matrix(context, rows, options, spec.value) : spec;
    },
    { asLog: true },
  );
  return deliverRuns(done, directory, options);
};

const matrix = async (
  context: Context,
  rows: readonly string[],
  { sources: wanted, id }: MatrixOptions,
  { policy: { shard, ...policy }, ...spec }: RunSpec,
): Promise<Result<KeptMatrix>> => {
  const { kernel, output } = spec;
  const { given, frozen, newest, tree } = kernel.source;
  if (tree !== undefined || liesElsewhere(kernel) || kernel.config !== undefined)
    return fail('usage', 'a matrix is run of the series below kernel-patches/', {
      remedy: 'use boot-test for what lies elsewhere',
    });
  if (newest)
    return fail('usage', 'a matrix has its sources by --sources', {
      remedy: 'ask for --sources newest',
    });
  if (wanted.includes('newest') && (given !== undefined || frozen))
    return fail('usage', '--sources newest does not go with a source that is given, or --frozen');
  const series = kernel.series ?? (await seriesIn(join(context.project, 'kernel-patches')));
  const there = await sourcesThere(context, wanted);
  if (!there.ok) return there;
  const { sources, notes } = there.value;
  for (const text of notes) context.emit({ type: 'warning', text });
  const common = { ...spec, policy };
  const cells = await planMatrix(context, { rows, series, sources, common });
  if (!cells.ok) return cells;
  return runMatrix(context, cells.value, { directory: output.directory, shard, id, notes });
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
