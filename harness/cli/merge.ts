// SPDX-License-Identifier: MIT
import { cp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exitCodeOf, ok, type Failure, type Result } from '../base/result.ts';
import { systemFailure } from '../base/store.ts';
import { renderFailure } from '../report/failure.ts';
import { renderSummary } from '../report/summary.ts';
import { renderTap } from '../report/tap.ts';
import { mergeShards, type Part } from '../run/merge.ts';
import { readRun } from '../run/result-file.ts';
import type { RunResult } from '../run/result.ts';
import { resultDirectory, writeOutputs } from './outputs.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
import { repositoryRoot } from './session.ts';

export interface MergeOptions extends RenderingOptions {
  readonly tap?: string;
  readonly json?: string;
}

/** Puts shards together in a directory of their own, and ends as the whole run would have. */
export const mergeCommand = async (
  paths: readonly string[],
  options: MergeOptions,
): Promise<number> => {
  const directory = resultDirectory(repositoryRoot());
  const merged = await merge(paths, directory).catch((error: unknown) => {
    const failure = systemFailure(error);
    if (!failure) throw error;
    return { ok: false as const, failure };
  });
  if (!merged.ok) return refuse(merged.failure);
  const shown = relative(process.cwd(), directory);
  const tap = renderTap(merged.value, shown);
  const json = `${JSON.stringify(merged.value, null, 2)}\n`;
  const written = await writeOutputs([
    [join(directory, 'result.json'), json],
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    [options.json, json],
    ...(await renderings(options, [{ result: merged.value, directory }], repositoryRoot())),
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(merged.value, shown)}\n`);
  return merged.value.exitCode;
};

const merge = async (paths: readonly string[], directory: string): Promise<Result<RunResult>> => {
  const parts: Part[] = [];
  for (const path of paths) {
    const run = await readRun(path);
    if (!run.ok) return run;
    const { shard } = run.value.result;
    parts.push({ kept: run.value, name: `shard-${shard?.index ?? 0}` });
  }
  const merged = mergeShards(parts);
  if (!merged.ok) return merged;
  for (const { kept, name } of parts)
    await cp(kept.directory, join(directory, name), { recursive: true });
  return ok(merged.value);
};

const refuse = (failure: Failure): number => {
  process.stderr.write(`${renderFailure(failure)}\n`);
  return exitCodeOf(failure.kind);
};
