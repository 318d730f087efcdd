// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../base/context.ts';
import { beyond, discard, cacheEntries, nameOfCacheEntry } from '../../base/cache/cache-entries.ts';
import { KINDS, type Kind } from '../../base/cache/kinds.ts';
import { oldestRun } from '../../base/cache/runs.ts';
import type { Invocation } from '../invocation.ts';
import { resultsHome } from '../results/outputs.ts';

export interface CleanOptions {
  readonly kind?: readonly Kind[];
  readonly olderThan?: number;
  readonly to?: number;
  readonly dryRun: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Removes what is not in use: all of it, or what options choose. */
export const cleanCommand = async (options: CleanOptions, { env }: Invocation): Promise<number> => {
  const { kind, olderThan, to, dryRun } = options;
  const cache = cacheDirectory(env);
  const inUseSince = await oldestRun(cache);
  const entries = await cacheEntries(cache, kind ?? KINDS);
  const going = beyond(entries, {
    before: olderThan === undefined ? undefined : Date.now() - olderThan * DAY_MS,
    bytes: to === undefined ? undefined : to * 2 ** 30,
    inUseSince,
  });
  for (const entry of going) if (!dryRun) await discard(entry);
  for (const one of KINDS) {
    const these = going.filter((entry) => entry.kind === one);
    if (these.length > 0) say(dryRun, `${one}, ${these.length} of them, ${sizeOf(these)}`);
  }
  const used = entries.filter((entry) => entry.used >= (inUseSince ?? Number.POSITIVE_INFINITY));
  if (used.length > 0)
    process.stderr.write(`kept, a run uses the cache: ${used.map(nameOfCacheEntry).join(', ')}\n`);
  // All of it was asked for: what is no entry goes too, but under nobody's feet.
  const all = [kind, olderThan, to].every((option) => option === undefined);
  const others = [
    join(cache, 'ccache'),
    join(cache, 'durations.json'),
    join(cache, 'hits.json'),
    join(cache, 'steps.json'),
    ...(await runsBelow(resultsHome(env))),
  ];
  for (const path of others.filter((name) => all && inUseSince === undefined && existsSync(name))) {
    if (!dryRun) await rm(path, { recursive: true, force: true });
    say(dryRun, path);
  }
  return 0;
};

/** The results of runs, as they name their directories: what else lies there is somebody's own. */
const runsBelow = async (home: string): Promise<readonly string[]> =>
  (await readdir(home).catch(() => []))
    .filter((name) => /^\d{4}-\d\d-\d\dT[\d-]+Z-[0-9a-f]{4}$/.test(name))
    .map((name) => join(home, name));

const say = (dryRun: boolean, what: string): void => {
  process.stderr.write(`${dryRun ? 'would remove' : 'removed'} ${what}\n`);
};

/** In all, as a person reads it. */
export const sizeOf = (entries: readonly { readonly bytes: number }[]): string => {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return bytes < 2 ** 30
    ? `${(bytes / 2 ** 20).toFixed(0)} MiB`
    : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
};
