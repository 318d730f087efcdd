// SPDX-License-Identifier: MIT
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KINDS, type Kind } from './kinds.ts';
import { run } from '../process/process.ts';
import { takeAway } from './scratch.ts';

/** One thing that can be removed by itself, and made anew. */
export interface CacheEntry {
  readonly kind: Kind;
  readonly path: string;
  readonly bytes: number;
  /** When it was used last, in milliseconds since 1970. */
  readonly used: number;
}

/** Locks and scratch are no entries. */
const IS_ENTRY = /^(?!\.|lock$)/;

/** All that the cache holds of some kinds, the least recently used first. */
export const cacheEntries = async (
  cache: string,
  kinds: readonly Kind[] = KINDS,
): Promise<readonly CacheEntry[]> => {
  const found: CacheEntry[] = [];
  for (const kind of kinds) {
    const home = join(cache, kind);
    const names = (await readdir(home).catch(() => [])).filter((name) => IS_ENTRY.test(name));
    const paths = names.map((name) => join(home, name));
    const bytes = await sizesOf(paths);
    for (const path of paths) {
      const what = await stat(path).catch(() => undefined);
      if (what) found.push({ kind, path, bytes: bytes.get(path) ?? 0, used: what.mtimeMs });
    }
  }
  return found.sort((a, b) => a.used - b.used);
};

/** On the disk, as du has it; of thousands of paths some at a time. */
const sizesOf = async (paths: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>();
  for (let first = 0; first < paths.length; first += AT_ONCE) {
    const some = paths.slice(first, first + AT_ONCE);
    const ended = await run({ argv: ['du', '-s', '-B1', '--', ...some], capture: true });
    for (const line of ended.stdout.toString().split('\n')) {
      const [bytes = '', path = ''] = line.split('\t');
      sizes.set(path, Number(bytes));
    }
  }
  return sizes;
};

const AT_ONCE = 500;

/** Which entries are to go. */
export interface Bounds {
  /** Those not used since then, in milliseconds since 1970. */
  readonly before?: number | undefined;
  /** As many as it takes to come down to this, in bytes. */
  readonly bytes?: number | undefined;
  /** What was used since then stays: a run may use it. */
  readonly inUseSince?: number | undefined;
}

/** Of entries in the order of their use those that bounds leave no room for. */
export const beyond = (
  entries: readonly CacheEntry[],
  { before, bytes, inUseSince = Number.POSITIVE_INFINITY }: Bounds,
): readonly CacheEntry[] => {
  let left = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return entries.filter((entry) => {
    const old = before === undefined || entry.used < before;
    const many = bytes === undefined || left > bytes;
    if (!old || !many || entry.used >= inUseSince) return false;
    left -= entry.bytes;
    return true;
  });
};

/** Takes one out of the cache: nobody sees half of it. */
export const discard = ({ path, kind }: CacheEntry): Promise<void> =>
  kind === 'bisects' ? rm(path, { force: true }) : takeAway(path);

/** `kernels/1a2b3c4d5e6f` */
export const nameOfCacheEntry = ({ kind, path }: CacheEntry): string =>
  `${kind}/${basename(path).slice(0, 12)}`;
