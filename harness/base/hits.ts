// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emit, StepName } from './events.ts';

/** Steps whose values are kept, and so are there or are made. */
const KEPT = ['source', 'tree', 'kernel', 'image', 'programs'] as const;

/** How often a step found its value in the cache, and how often it did not, by reason. */
export interface Hits {
  readonly hits: number;
  readonly misses: Readonly<Record<string, number>>;
}

export type HitsByStep = Readonly<Partial<Record<StepName, Hits>>>;

const fileOf = (cache: string): string => join(cache, 'hits.json');

/** What was counted so far; nothing where that cannot be read. */
export const readHits = async (cache: string): Promise<HitsByStep> => {
  const text = await readFile(fileOf(cache), 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text) as HitsByStep;
  } catch {
    return {};
  }
};

/** Passes events on, and counts those that tell of the cache; `keep` adds them to what was counted. */
export const countHits = (
  emit: Emit,
): { readonly emit: Emit; readonly keep: (cache: string) => Promise<void> } => {
  const counted: { readonly step: StepName; readonly miss: string | undefined }[] = [];
  return {
    emit: (event) => {
      if (event.type === 'step' && event.reason === 'end' && isKept(event.step)) {
        // Only a kernel says why it was not there; of others the note is what was made.
        const why = event.step === 'kernel' ? (event.note ?? 'unknown') : 'not there before';
        counted.push({ step: event.step, miss: event.cached ? undefined : why });
      }
      emit(event);
    },
    keep: async (cache) => {
      if (counted.length === 0) return;
      const all: Partial<Record<StepName, Hits>> = { ...(await readHits(cache)) };
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

const isKept = (step: StepName): boolean => (KEPT as readonly StepName[]).includes(step);
