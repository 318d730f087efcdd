// SPDX-License-Identifier: MIT
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLeft, ownName } from './scratch.ts';

const directoryOf = (cache: string): string => join(cache, 'runs');

/** Says to others that this process uses the cache, for as long as it lives; gives the way to end that. */
export const announceRun = async (cache: string): Promise<() => Promise<void>> => {
  const file = join(directoryOf(cache), `run-${await ownName()}-0`);
  await mkdir(directoryOf(cache), { recursive: true });
  await writeFile(file, '');
  return () => rm(file, { force: true });
};

/**
 * When the oldest run that still lives began, in milliseconds since 1970; undefined
 * where none does. What was used since then may be in use.
 */
export const oldestRun = async (cache: string): Promise<number | undefined> => {
  const home = directoryOf(cache);
  const names = await readdir(home).catch(() => []);
  const begins: number[] = [];
  for (const name of names) {
    const file = join(home, name);
    if (await isLeft(home, name)) await rm(file, { force: true });
    else
      begins.push(
        await stat(file).then(
          // markUsed() writes whole milliseconds.
          (found) => Math.floor(found.mtimeMs),
          () => Date.now(),
        ),
      );
  }
  return begins.length === 0 ? undefined : Math.min(...begins);
};

/** An entry of the cache is used now: it is kept for longer than those that were not. */
export const markUsed = async (entry: string): Promise<void> => {
  const now = new Date();
  // Another user's entry cannot be touched, nor removed.
  await utimes(entry, now, now).catch(() => undefined);
};
