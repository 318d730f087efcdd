// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '../base/result.ts';
import { RUN_RESULT, type RunResult } from './result.ts';
import { SCHEMA_1 } from './schema-1.ts';

const READ = z.discriminatedUnion('schema', [RUN_RESULT, SCHEMA_1]);

/** A run that is over, and where its files lie. */
export interface KeptRun {
  readonly directory: string;
  readonly result: RunResult;
}

/** Reads the result.json that a path names, or that lies in it. Fails with `usage`. */
export const readRun = async (path: string): Promise<Result<KeptRun>> => {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, 'result.json') : path;
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return fail('usage', `${file} is no result of a run`, {
      detail: (error as Error).message,
      remedy: 'name a directory below results/, or a file that --json wrote',
    });
  }
  const parsed = READ.safeParse(data);
  if (parsed.success) return ok({ directory: dirname(file), result: parsed.data });
  const [issue] = parsed.error.issues;
  return fail('usage', `${file} is no result of a run that this kbt knows`, {
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  });
};
