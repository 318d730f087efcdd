// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Emit, Event, Miss, StepName } from '../events.ts';
import type { ReadOnly } from '../read-only.ts';

/** Steps whose values are kept, and so are there or are made. */
const KEPT = [
  'source',
  'tree',
  'remote',
  'kernel',
  'modules',
  'image',
  'rootfs',
  'programs',
] as const;
type Kept = (typeof KEPT)[number];

/** Why a value was not there, in words. */
export const MISSES: Readonly<Record<Miss, string>> = {
  'not-there': 'not there before',
  'not-built': 'not built before',
  copied: 'not built before, begun as a copy of another',
  changed: 'a patch or an option changed',
  'other-toolchain': 'nothing there is of this gcc and ld',
  refused: 'could not be used',
};

const count = z.int().nonnegative();
const schema = z.partialRecord(
  z.enum(KEPT),
  z.strictObject({
    hits: count,
    misses: z.partialRecord(z.enum(Object.keys(MISSES) as Miss[]), count),
  }),
);

/** How often each step found its value in the cache, and how often it did not, by reason. */
export type HitsByStep = ReadOnly<z.infer<typeof schema>>;

const fileOf = (cache: string): string => join(cache, 'hits.json');

/** What was counted so far; nothing where that cannot be read, or is of a time of other reasons. */
export const readHits = async (cache: string): Promise<HitsByStep> => {
  const text = await readFile(fileOf(cache), 'utf8').catch(() => '{}');
  try {
    return schema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
};

/** Passes events on, and counts those that tell of the cache; `keep` adds them to what was counted. */
export const countHits = (
  emit: Emit,
): { readonly emit: Emit; readonly keep: (cache: string) => Promise<void> } => {
  const counted: { readonly step: Kept; readonly miss: Miss | undefined }[] = [];
  return {
    emit: (event) => {
      if (isKeptStep(event)) {
        const { step, cached, miss = 'not-there' } = event;
        counted.push({ step, miss: cached ? undefined : miss });
      }
      emit(event);
    },
    keep: async (cache) => {
      if (counted.length === 0) return;
      const all = { ...(await readHits(cache)) };
      for (const { step, miss } of counted) {
        const { hits, misses } = all[step] ?? { hits: 0, misses: {} };
        all[step] =
          miss === undefined
            ? { hits: hits + 1, misses }
            : { hits, misses: { ...misses, [miss]: (misses[miss] ?? 0) + 1 } };
      }
      // Two runs that end at once may lose a count: it decides nothing.
      const scratch = `${fileOf(cache)}.${process.pid}`;
      await mkdir(cache, { recursive: true })
        .then(() => writeFile(scratch, JSON.stringify(all)))
        .then(() => rename(scratch, fileOf(cache)))
        .catch(() => undefined);
    },
  };
};

/** The end of a step whose values are kept. */
const isKeptStep = (
  event: Event,
): event is Extract<Event, { reason: 'end'; type: 'step' }> & { step: Kept } =>
  event.type === 'step' &&
  event.reason === 'end' &&
  (KEPT as readonly StepName[]).includes(event.step);
