// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { about, interrupted, type Context } from '../../base/context.ts';
import { digest, digestFile, fingerprint } from '../../base/fingerprint.ts';
import { git, text } from '../../base/process/git.ts';
import { gravest } from '../../base/outcome.ts';
import { exitCodeOf, fail, ok, type Result } from '../../base/result.ts';
import { keepStepTimes } from '../../base/step-times.ts';
import { bootTest } from '../boot-test.ts';
import { readDurations, rememberDurations } from '../schedule/durations.ts';
import { exitCodeOfSignal } from '../result/exit-code.ts';
import { failedResult } from '../result/failed.ts';
import { cellDurations, keyOf, MATRIX, type KeptMatrix, type MatrixFile } from './matrix-file.ts';
import { isFile } from '../tests/plan.ts';
import type { Cell } from './matrix-plan.ts';
import { prepare, type Prepared } from '../prepare.ts';
import type { KeptResult } from '../result/result-file.ts';
import { tellSeries, type FailedResult } from '../result/result.ts';
import { partOf, type Shard } from '../schedule/shard.ts';
import { layered } from '../spec.ts';

/** Where a matrix is run, and what part of it. */
export interface MatrixOptions {
  /** A new directory: each cell has one of its own below it. */
  readonly directory: string;
  readonly shard: Shard | undefined;
  /** The night, or whatever else tells its shards from those of another. */
  readonly id: string | undefined;
  /** What a reader has to know of all its cells. */
  readonly notes: readonly string[];
}

/**
 * Runs cells one after the other, each in a directory of its own below `directory`; one
 * that cannot be built, or whose environment fails, stops no other. All are looked at
 * first: what a person got wrong stops everything. Cells that a signal kept from running
 * have a result that says so.
 */
export const runMatrix = async (
  context: Context,
  all: readonly Cell[],
  { directory, shard, id, notes }: MatrixOptions,
): Promise<Result<KeptMatrix>> => {
  // What lies there may be of another night, and would be taken for this one's.
  if ((await readdir(directory).catch(() => [])).length > 0)
    return fail('usage', `${directory} is not empty`, {
      remedy: 'name another directory by --to, or remove this one',
    });
  const durations = await readDurations(context.cache);
  const names = all.map(({ name }) => name);
  const mine = new Set(shard ? partOf(names.map(keyOf), durations, shard) : names.map(keyOf));
  const cells = all.filter(({ name }) => mine.has(keyOf(name)));
  if (all.length === 0) return fail('usage', 'the matrix has no cell: there is no series here');
  // Of more shards than cells some have nothing to do: no failure, and no pass.
  if (cells.length === 0)
    context.emit({ type: 'warning', text: `of ${all.length} cells none is this shard's` });
  // All of them, that shards agree in what they are shards of.
  const prepared = new Map<string, Result<Prepared>>();
  for (const { name, spec } of all) {
    const ready = await prepare(context, spec);
    if (!ready.ok && ready.failure.kind !== 'unbuildable') return ready;
    prepared.set(name, ready);
  }
  const file: MatrixFile = {
    schema: 1,
    plan: names,
    ...(await identify(context, all, prepared, id)),
    notes: [...notes],
    ...(shard ? { shard } : {}),
    cells: cells.map(({ name }) => name),
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, MATRIX), `${JSON.stringify(file, null, 2)}\n`);
  const runs: KeptResult[] = [];
  for (const cell of cells) {
    const { name } = cell;
    context.emit({ type: 'step', reason: 'begin', step: 'cell', title: name });
    const began = performance.now();
    const ready = prepared.get(name) ?? fail('unbuildable', 'it was not looked at');
    const run = await runCell(context, cell, ready);
    const milliseconds = Math.round(performance.now() - began);
    const note = `${name}: exit code ${run.result.exitCode}`;
    context.emit({ type: 'step', reason: 'end', step: 'cell', milliseconds, cached: false, note });
    runs.push(run);
    // Of a shard nothing is learnt: all have to be cut alike.
    if (!shard) await rememberDurations(context.cache, cellDurations([run]));
  }
  return ok({ file, runs, exitCode: exitCodeOfMatrix(context, runs) });
};

/** What a matrix is of: all that was asked for, what lies in the project, the night. */
const identify = async (
  context: Context,
  all: readonly Cell[],
  prepared: ReadonlyMap<string, Result<Prepared>>,
  id: string | undefined,
): Promise<Pick<MatrixFile, 'identity' | 'revision' | 'edited'>> => {
  const here = async (...args: readonly string[]): Promise<string> => {
    const asked = await git(['-C', context.project, ...args], { signal: context.signal });
    return asked.code === 0 ? text(asked) : '';
  };
  const revision = await here('rev-parse', '--verify', '--quiet', 'HEAD');
  const edits = await here('diff', 'HEAD');
  const files = new Map<string, string>();
  for (const ready of prepared.values())
    for (const program of ready.ok ? ready.value.plan.programs : []) {
      const { source, selftest } = program;
      if (isFile(program) && !files.has(source)) files.set(source, await digestFile(source));
      else if (selftest) files.set(program.name, digest(selftest.script));
    }
  const cells = all.map(({ name, spec }) => {
    const ready = prepared.get(name);
    const about = layered(spec, { output: { directory: '' } });
    if (!ready?.ok) return { name, about };
    const { pin, fragments, series, modules } = ready.value.inputs;
    const patches = series.flatMap((one) => one.patches.map((patch) => patch.digest));
    const built = modules?.map((source) => source.fingerprint);
    return { name, about, pin, patches, modules: built, fragments: digest(fragments.text) };
  });
  const programs = [...files.values()].sort();
  return {
    identity: fingerprint({ id, revision, edits: digest(edits), cells, programs }),
    revision,
    edited: edits !== '',
  };
};

const exitCodeOfMatrix = ({ signal }: Context, runs: readonly KeptResult[]): number =>
  signal.aborted
    ? exitCodeOfSignal(signal.reason)
    : gravest(runs.map(({ result }) => result.exitCode));

const runCell = async (
  outer: Context,
  { name, spec }: Cell,
  prepared: Result<Prepared>,
): Promise<KeptResult> => {
  const { directory } = spec.output;
  await mkdir(directory, { recursive: true });
  const started = new Date();
  const { context, steps } = keepStepTimes(about(outer, { cell: name }));
  const ran = context.signal.aborted
    ? interrupted()
    : prepared.ok
      ? await bootTest(context, spec)
      : prepared;
  if (ran.ok) return { directory, result: ran.value };
  const { failure } = ran;
  context.emit({ type: 'warning', text: `${name}: ${failure.what}` });
  const result: FailedResult = {
    ...failedResult(failure, started, steps, exitCodeOf(failure.kind)),
    cell: name,
    ...(prepared.ok ? asked(context, prepared.value) : {}),
  };
  await writeFile(join(directory, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  return { directory, result };
};

/** What a cell would have tested. */
const asked = ({ project }: Context, { inputs, plan }: Prepared) => ({
  series: tellSeries(project, inputs.series),
  plan: plan.programs.map(({ name }) => name),
});
