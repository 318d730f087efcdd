// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';

/** What a command wrote by `--json`; undefined where it failed, or wrote nothing. */
export const readTold = async (file: string): Promise<unknown> => {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const told = JSON.parse(text) as { readonly kind?: string };
  return told.kind === 'failed' ? undefined : told;
};
