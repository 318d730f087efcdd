// SPDX-License-Identifier: MIT
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { beyond, discard, cacheEntries } from './cache-entries.ts';
import { oldestRun } from './runs.ts';

/** GiB, where KBT_CACHE_MAX says nothing else. */
const USUAL_GIB = 50;
/** Adding up thousands of files takes seconds: once a day is enough. */
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Keeps the cache within its bound. Once a day it removes the entries that nobody used for the
 * longest time, but none that a run uses, and warns of it. No run fails by a failure here.
 */
export const keepSizeBound = async ({ cache, env, emit }: Context): Promise<void> => {
  const stampFile = join(cache, '.bounded');
  try {
    const last = await stat(stampFile).catch(() => undefined);
    if (last && Date.now() - last.mtimeMs < DAY_MS) return;
    await writeFile(stampFile, '');
    // A new cache is small.
    if (!last) return;
    const gib = Number(env['KBT_CACHE_MAX'] || USUAL_GIB);
    if (Number.isNaN(gib))
      emit({ type: 'warning', text: 'KBT_CACHE_MAX is no number of GiB: the cache has no bound' });
    const inUseSince = await oldestRun(cache);
    const going = beyond(await cacheEntries(cache), { bytes: gib * 2 ** 30, inUseSince });
    for (const entry of going) await discard(entry);
    if (going.length > 0) {
      const size = going.reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 30;
      const text = `the cache was larger than ${gib} GiB (KBT_CACHE_MAX): ${going.length} entries that were not used for longest are gone, ${size.toFixed(1)} GiB`;
      emit({ type: 'warning', text });
    }
  } catch {
    // No space, not ours to write: the next run tries again in a day.
  }
};
