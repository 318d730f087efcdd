// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { rememberDurations } from '../../run/schedule/durations.ts';
import {
  cellDurations,
  isMatrix,
  mergeMatrices,
  readMatrix,
  type KeptMatrix,
} from '../../run/matrix/matrix-file.ts';
import { mergeShards, type Part } from '../../run/result/merge.ts';
import { isRun, readResult, type KeptRun } from '../../run/result/result-file.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { deliverRuns, type RunOutputs, type Runs } from './deliver-runs.ts';
import { resultDirectory } from './outputs.ts';

export type MergeOptions = RunOutputs;

/** Puts shards together in a directory of their own, and ends as the whole run would have. */
export const mergeCommand = async (
  paths: readonly string[],
  options: MergeOptions,
  invocation: Invocation,
): Promise<number> => {
  const directory = resultDirectory(invocation);
  const done = await attempt(invocation, (context) => merge(context, paths, directory), { asLog: true });
  return deliverRuns(done, directory, options);
};

const merge = async (
  context: Context,
  paths: readonly string[],
  directory: string,
): Promise<Result<Runs>> => {
  const matrices = paths.filter(isMatrix);
  if (matrices.length === 0) return mergeRuns(paths, directory);
  if (matrices.length < paths.length)
    return fail('usage', 'shards of a run and shards of a matrix are not put together');
  const parts: KeptMatrix[] = [];
  for (const path of matrices) {
    const part = await readMatrix(path);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const merged = await mergeMatrices(parts, directory);
  // The next night is cut by them, and all of its shards alike.
  if (merged.ok) await rememberDurations(context.cache, cellDurations(merged.value.runs));
  return merged;
};

const mergeRuns = async (paths: readonly string[], directory: string): Promise<Result<Runs>> => {
  const parts: Part[] = [];
  for (const path of paths) {
    const kept = await readResult(path);
    if (!kept.ok) return kept;
    const shard = isRun(kept.value) ? kept.value.result.shard : undefined;
    parts.push({ kept: kept.value, name: `shard-${shard?.index ?? 0}` });
  }
  const merged = mergeShards(parts);
  if (!merged.ok) return merged;
  for (const { kept, name } of parts) if (isRun(kept)) await copyFiles(kept, join(directory, name));
  await writeFile(join(directory, 'result.json'), `${JSON.stringify(merged.value, null, 2)}\n`);
  const { exitCode } = merged.value;
  return ok({ runs: [{ directory, result: merged.value }], exitCode });
};

/** Of a run its own files: a result that --json wrote may lie among anybody's. */
const copyFiles = async ({ directory, result }: KeptRun, to: string): Promise<void> => {
  await mkdir(to, { recursive: true });
  const names = result.programs
    .flatMap((program) => [program, ...(program.runs ?? [])])
    .flatMap(({ output, console, stuck }) => [output, console, stuck?.log, stuck?.core]);
  for (const name of new Set(names))
    if (name !== undefined && existsSync(join(directory, name)))
      await copyFile(join(directory, name), join(to, name));
};
