// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Context } from '../../base/context.ts';
import { digest } from '../../base/fingerprint.ts';
import { git, text } from '../../base/process/git.ts';
import type { Series } from '../series.ts';

const REMEMBERED = z.object({ directory: z.string(), commit: z.string() });

/** Where the checkout of a series lies, and the commit at which it was what the files say. */
export type Remembered = z.infer<typeof REMEMBERED>;

const fileOf = (
  { cache }: Pick<Context, 'cache'>,
  { directory }: Pick<Series, 'directory'>,
): string => join(cache, 'checkouts', `${digest(resolve(directory)).slice(0, 16)}.json`);

export const remember = async (
  context: Context,
  series: Series,
  what: Remembered,
): Promise<void> => {
  const file = fileOf(context, series);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, JSON.stringify(what));
};

/** The checkout of a series that is still there; undefined without one. */
export const remembered = async (
  context: Pick<Context, 'cache'>,
  series: Pick<Series, 'directory'>,
): Promise<Remembered | undefined> => {
  try {
    const known = REMEMBERED.parse(JSON.parse(await readFile(fileOf(context, series), 'utf8')));
    return existsSync(join(known.directory, '.git')) ? known : undefined;
  } catch {
    return undefined;
  }
};

/** The checkout of a series that has other commits than its files; undefined without one. */
export const aheadOf = async (
  context: Pick<Context, 'cache'>,
  series: Pick<Series, 'directory'>,
): Promise<string | undefined> => {
  const known = await remembered(context, series);
  if (!known) return undefined;
  const head = text(await git(['-C', known.directory, 'rev-parse', 'HEAD']));
  return head === known.commit ? undefined : known.directory;
};
