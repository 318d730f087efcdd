// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { markUsed } from './runs.ts';
import { takeAway } from './scratch.ts';

/** Holds the lengths of the files beside it, by name. */
const SEAL = '.lengths.json';

/** Writes down how long the files right in a directory are, the last thing that is done to it. */
export const seal = async (directory: string): Promise<void> => {
  await writeFile(join(directory, SEAL), JSON.stringify(await lengthsOf(directory)));
};

/**
 * Whether an entry of the store is there and as long as it was made; then it counts as used
 * now. A full disk, a copy that was cut or a person who tidied up damages one: it is thrown
 * away with a warning, and made anew. An entry without a seal is older than seals.
 */
export const isSound = async (context: Context, entry: string): Promise<boolean> => {
  if (!existsSync(entry)) return false;
  await markUsed(entry);
  const harm = await harmTo(entry);
  if (harm === undefined) return true;
  await throwAway(context, entry, harm);
  return false;
};

/** Whether an entry of another user's store is there and whole. Nothing is written to it. */
export const isSoundThere = async ({ emit }: Context, entry: string): Promise<boolean> => {
  if (!existsSync(entry)) return false;
  const harm = await harmTo(entry).catch(() => 'it cannot be read');
  if (harm !== undefined) emit({ type: 'warning', text: `${entry} is not used: ${harm}` });
  return harm === undefined;
};

/** In words what is wrong with an entry; undefined where nothing is. */
const harmTo = async (entry: string): Promise<string | undefined> => {
  const found = await lengthsOf(entry);
  const sealed = await readFile(join(entry, SEAL), 'utf8').catch(() => undefined);
  if (sealed === undefined) return Object.keys(found).length > 0 ? undefined : 'it is empty';
  const made = parse(sealed);
  const harmed = made
    ? Object.keys(made).find((name) => made[name] !== found[name])
    : 'the list of its files';
  return harmed === undefined ? undefined : `${harmed} is not as it was made`;
};

/** Takes a damaged entry out of the store; another run may have done it already. */
export const throwAway = async (context: Context, entry: string, why: string): Promise<void> => {
  const where = `${basename(dirname(entry))}/${basename(entry).slice(0, 12)}`;
  context.emit({ type: 'warning', text: `${where} is damaged: ${why}; making it anew` });
  await takeAway(entry);
};

type Lengths = Readonly<Record<string, number>>;

const lengthsOf = async (directory: string): Promise<Lengths> => {
  const files = (await readdir(directory)).filter((name) => name !== SEAL);
  const lengths = await Promise.all(
    files.map(async (name) => {
      const what = await stat(join(directory, name));
      return what.isFile() ? [[name, what.size] as const] : [];
    }),
  );
  return Object.fromEntries(lengths.flat());
};

const parse = (text: string): Lengths | undefined => {
  try {
    return JSON.parse(text) as Lengths;
  } catch {
    return undefined;
  }
};
