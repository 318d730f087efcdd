// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readDataFile } from '../../base/data-file.ts';
import { gravest } from '../../base/outcome.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Durations } from '../schedule/durations.ts';
import { onceEach } from '../result/merge.ts';
import { readResult, type KeptResult } from '../result/result-file.ts';

/** What lies in the directory of a matrix beside those of its cells. */
export const MATRIX = 'matrix.json';

/** A name that is a directory below, and no way out of it. */
const cellName = z.string().regex(/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(?:@newest)?$/);

const schema = z.strictObject({
  schema: z.literal(1),
  /** All cells of the matrix. */
  plan: z.array(cellName),
  /** What it was told, and the night it is of: shards of one matrix agree in it. */
  identity: z.string(),
  /** The commit of the project; empty where it is in no repository. */
  revision: z.string(),
  /** Whether something was not committed. */
  edited: z.boolean(),
  /** What a reader has to know of all its cells. */
  notes: z.array(z.string()),
  shard: z.exactOptional(z.strictObject({ index: z.int().positive(), of: z.int().positive() })),
  /** Those of this shard; all without one. */
  cells: z.array(cellName),
});

/** What a matrix holds, but for the results of its cells. */
export type MatrixFile = z.infer<typeof schema>;

/** A matrix that is over, with the results of its cells. */
export interface KeptMatrix {
  readonly file: MatrixFile;
  readonly runs: readonly KeptResult[];
  readonly exitCode: number;
}

/** What a cell is called among the durations, where programs have names without a colon. */
export const keyOf = (name: string): string => `cell:${name}`;

/** How long cells took; of one that came to no end nothing is learnt. */
export const cellDurations = (runs: readonly KeptResult[]): Durations =>
  Object.fromEntries(
    runs
      .filter(({ result }) => result.exitCode < 2)
      .map(({ result }) => [keyOf(result.cell ?? ''), result.milliseconds]),
  );

/** Whether a path is the directory of a matrix. */
export const isMatrix = (path: string): boolean => existsSync(join(path, MATRIX));

/** Reads a matrix; one whose cells have not all a result is none. Fails with `usage`. */
export const readMatrix = async (directory: string): Promise<Result<KeptMatrix>> => {
  const file = await readDataFile(join(directory, MATRIX), schema, 'usage');
  if (!file.ok) return file;
  const runs: KeptResult[] = [];
  for (const name of file.value.cells) {
    const run = await readResult(join(directory, name));
    if (!run.ok)
      return fail('usage', `the cell ${name} has no result: its matrix came to no end`, {
        where: directory,
        ...(run.failure.detail === undefined ? {} : { detail: run.failure.detail }),
      });
    if (run.value.result.cell !== name)
      return fail('usage', `${run.value.directory} is the result of another cell`);
    runs.push(run.value);
  }
  return ok({ file: file.value, runs, exitCode: gravest(runs.map((run) => run.result.exitCode)) });
};

/** The results that a path stands for: one, or those of a matrix' cells. Fails with `usage`. */
export const readResults = async (path: string): Promise<Result<readonly KeptResult[]>> => {
  if (isMatrix(path)) {
    const matrix = await readMatrix(path);
    return matrix.ok ? ok(matrix.value.runs) : matrix;
  }
  const run = await readResult(path);
  return run.ok ? ok([run.value]) : run;
};

/**
 * The matrix that shards are the parts of, copied to `directory`. Fails with `usage` for
 * shards of different matrices, and where a cell is missing or is there twice.
 */
export const mergeMatrices = async (
  parts: readonly KeptMatrix[],
  directory: string,
): Promise<Result<KeptMatrix>> => {
  const [first] = parts;
  const plan = first?.file.plan ?? [];
  const identity = first?.file.identity ?? '';
  if (
    parts.some(({ file }) => file.identity !== identity || file.plan.join(' ') !== plan.join(' '))
  )
    return fail('usage', 'these are not the shards of one matrix', {
      detail:
        'they were told other options, or are of another revision, other files, another night (--id)',
      remedy: 'merge the shards of one night, of one revision',
    });
  const runs = parts.flatMap((part) => part.runs);
  const architectures = [...new Set(runs.map(({ result }) => result.architecture))];
  if (architectures.length > 1)
    return fail('usage', `these are not the shards of one matrix: ${architectures.join(', ')}`, {
      remedy: 'merge the shards of one architecture',
    });
  const of = first?.file.shard?.of ?? 1;
  const amiss = onceEach(
    Array.from({ length: of }, (_, n) => `shard ${n + 1} of ${of}`),
    parts.map(({ file: { shard } }) => `shard ${shard?.index ?? 1} of ${shard?.of ?? 1}`),
  );
  if (amiss !== undefined) return fail('usage', `these are not the shards of one matrix: ${amiss}`);
  const wrong = onceEach(
    plan,
    parts.flatMap(({ file }) => file.cells),
  );
  if (wrong !== undefined)
    return fail('usage', `these are not the shards of one matrix: ${wrong}`, {
      remedy:
        'all shards are cut by one durations.json of the cache, and a merge renews it: run all again',
    });
  const { revision = '', edited = false } = first?.file ?? {};
  const notes = [...new Set(parts.flatMap((part) => part.file.notes))];
  const file: MatrixFile = { schema: 1, plan, identity, revision, edited, notes, cells: plan };
  await mkdir(directory, { recursive: true });
  const merged: KeptResult[] = [];
  for (const name of plan) {
    const run = runs.find(({ result }) => result.cell === name);
    if (!run) return fail('usage', `the cell ${name} has no result`);
    const home = join(directory, name);
    await cp(run.directory, home, { recursive: true });
    merged.push({ directory: home, result: run.result });
  }
  await writeFile(join(directory, MATRIX), `${JSON.stringify(file, null, 2)}\n`);
  return ok({ file, runs: merged, exitCode: gravest(merged.map((run) => run.result.exitCode)) });
};
