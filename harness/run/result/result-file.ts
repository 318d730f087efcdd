// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '../../base/result.ts';
import { RESULT, type AnyResult, type RunResult } from './result.ts';
import { SCHEMA_1 } from './schema-1.ts';

const IS_OLD = z.looseObject({ schema: z.literal(1) });

/** What a command came to, and where its files lie. */
export interface KeptResult<R extends AnyResult = AnyResult> {
  readonly directory: string;
  readonly result: R;
}

/** A run that is over. */
export type KeptRun = KeptResult<RunResult>;

export const isRun = (kept: KeptResult): kept is KeptRun => kept.result.kind === 'run';

/** Reads the result.json that a path names, or that lies in it. Fails with `usage`. */
export const readResult = async (path: string): Promise<Result<KeptResult>> => {
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
  const parsed = (IS_OLD.safeParse(data).success ? SCHEMA_1 : RESULT).safeParse(data);
  if (parsed.success) return ok({ directory: dirname(file), result: parsed.data });
  const [issue] = parsed.error.issues;
  return fail('usage', `${file} is no result of a run that this kbt knows`, {
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  });
};
