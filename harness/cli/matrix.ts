// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { KeptMatrix } from '../run/matrix/matrix-file.ts';
import { foreseeRun } from '../run/foresee/foresee-run.ts';
import { planMatrix, type Cell } from '../run/matrix/matrix-plan.ts';
import { runMatrix } from '../run/matrix/matrix.ts';
import { liesElsewhere, type RunSpec } from '../run/spec.ts';
import { seriesIn } from '../series/series.ts';
import type { SourceName } from '../run/matrix/sources.ts';
import { newestPin } from '../source/fetch/newest.ts';
import { readPin } from '../source/pin.ts';
import { renderForeseenKernels } from '../report/series/foreseen.ts';
import type { ForeseenCandidate } from '../trial/foresee.ts';
import { attempt } from './attempt.ts';
import { dryRun, type DryRunOption } from './dry-run.ts';
import type { Invocation } from './invocation.ts';
import { deliverRuns } from './results/deliver-runs.ts';
import { specOf } from './options/resolve.ts';
import { resultDirectory } from './results/outputs.ts';
import type { RenderingOptions } from './results/rendering-options.ts';

export interface MatrixOptions extends RenderingOptions, DryRunOption {
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
  if (options.dryRun)
    return dryRun(invocation, async (context, spec) => {
      const cells = await cellsOf(context, rows, options, spec);
      if (!cells.ok) return cells;
      const found = await foreseeCells(context, cells.value.cells);
      return found.ok ? ok(renderForeseenKernels(found.value)) : found;
    });
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
  options: MatrixOptions,
  spec: RunSpec,
): Promise<Result<KeptMatrix>> => {
  const planned = await cellsOf(context, rows, options, spec);
  if (!planned.ok) return planned;
  const { cells, notes } = planned.value;
  for (const text of notes) context.emit({ type: 'warning', text });
  const { directory } = spec.output;
  return runMatrix(context, cells, { directory, shard: spec.policy.shard, id: options.id, notes });
};

/** The cells that are asked for, and what a person has to know of their choice. */
const cellsOf = async (
  context: Context,
  rows: readonly string[],
  { sources: wanted }: MatrixOptions,
  spec: RunSpec,
): Promise<Result<{ readonly cells: readonly Cell[]; readonly notes: readonly string[] }>> => {
  const { kernel } = spec;
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
  // The cells are cut, not their programs.
  const common = { ...spec, policy: { ...spec.policy, shard: undefined } };
  const cells = await planMatrix(context, { rows, series, sources, common });
  return cells.ok ? ok({ cells: cells.value, notes }) : cells;
};

/** The kernel of each cell, and how long the cell would take. */
const foreseeCells = async (
  context: Context,
  cells: readonly Cell[],
): Promise<Result<readonly ForeseenCandidate[]>> => {
  const all: ForeseenCandidate[] = [];
  for (const { name: label, spec } of cells) {
    const run = await foreseeRun(context, spec);
    if (!run.ok) return run;
    const { steps, kernel } = run.value;
    const isThere = kernel?.kind === 'stored';
    const what = steps.find(({ step }) => step === 'kernel')?.what ?? steps[0]?.what ?? '';
    const known = steps.map(({ milliseconds }) => milliseconds);
    const milliseconds = known.every((one) => one !== undefined)
      ? known.reduce((sum, one) => sum + one, 0)
      : undefined;
    all.push({ label, isThere, step: 'kernel', what, milliseconds });
  }
  return ok(all);
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
