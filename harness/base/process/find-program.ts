// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A program's file, and what changes when a package replaces it. */
export interface ProgramFile {
  readonly file: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** The file of a program, by its path or by a name that is looked for in PATH; undefined without one. */
export const findProgram = async (
  name: string,
  path: string | undefined,
): Promise<ProgramFile | undefined> => {
  const directories = name.includes('/') ? [''] : (path ?? '').split(':');
  for (const directory of directories) {
    const file = directory === '' ? name : join(directory, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile()) return { file, size: found.size, mtimeMs: found.mtimeMs };
  }
  return undefined;
};
