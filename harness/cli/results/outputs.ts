// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Environment } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { roots } from '../session.ts';

/** Where every run has a directory: `KBT_RESULTS`, or results/ of the project. */
export const resultsHome = (env: Environment): string =>
  env['KBT_RESULTS'] ? resolve(env['KBT_RESULTS']) : join(roots().project, 'results');

/** A name under {@link resultsHome} that no other run has. */
export const resultDirectory = ({ env }: { readonly env: Environment }): string => {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  return join(resultsHome(env), `${stamp}-${randomBytes(2).toString('hex')}`);
};

/** A text, or the pieces of one that is too large to be held whole. */
export type Text = string | Iterable<string>;

/** Writes each text where its file is named. Fails with `environment`: no verdict may get lost unseen. */
export const writeOutputs = async (
  files: readonly (readonly [string | undefined, Text])[],
): Promise<Result<void>> => {
  for (const [file, text] of files) {
    if (file === undefined) continue;
    try {
      await mkdir(dirname(resolve(file)), { recursive: true });
      await writeFile(file, text);
    } catch (error) {
      // Pieces are made while they are written: what has no code did not come from a file.
      if (!(error instanceof Error && 'code' in error)) throw error;
      return fail('environment', `cannot write ${file}`, { detail: error.message });
    }
  }
  return ok(undefined);
};
