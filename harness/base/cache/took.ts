// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Emit, Miss, StepName } from '../events.ts';

const schema = z.record(
  z.string(),
  z.strictObject({
    milliseconds: z.number().nonnegative(),
    made: z.exactOptional(z.int().nonnegative()),
  }),
);
type Times = z.infer<typeof schema>;

/** How a step came to its value. */
export type How = 'cached' | 'made' | Miss;

/** How long steps took the last time, in milliseconds, by step and by how they came to their value. */
export interface Took {
  /**
   * Where it is known how many things will be `made`, as long as so many take by what is
   * remembered of the step; undefined where nothing is.
   */
  readonly of: (step: StepName, how: How, made?: number) => number | undefined;
}

const fileOf = (cache: string): string => join(cache, 'steps.json');
const keyOf = (step: StepName, how: How): string => `${step} ${how}`;

const read = async (cache: string): Promise<Times> => {
  try {
    return schema.parse(JSON.parse(await readFile(fileOf(cache), 'utf8')));
  } catch {
    return {};
  }
};

/** What is remembered; nothing where that cannot be read. */
export const readTook = async (cache: string): Promise<Took> => {
  const known = await read(cache);
  return {
    of: (step, how, made) => {
      const last = known[keyOf(step, how)]?.milliseconds;
      if (made === undefined) return last;
      const points = Object.entries(known).flatMap(([key, { milliseconds, made: count }]) =>
        key.startsWith(`${step} `) && count !== undefined && count > 0
          ? [{ milliseconds, count }]
          : [],
      );
      return onLine(points, made) ?? last;
    },
  };
};

/** A step that made so many things, and how long it took. */
interface Point {
  readonly milliseconds: number;
  readonly count: number;
}

/** Between the step that made the fewest things and the one that made the most, or beyond them. */
const onLine = (points: readonly Point[], made: number): number | undefined => {
  const sorted = [...points].sort((a, b) => a.count - b.count);
  const [few, many] = [sorted[0], sorted.at(-1)];
  if (!few || !many) return undefined;
  if (few.count === many.count || few.milliseconds >= many.milliseconds)
    return (many.milliseconds * made) / many.count;
  const each = (many.milliseconds - few.milliseconds) / (many.count - few.count);
  return Math.max(0, few.milliseconds + (made - few.count) * each);
};

/** Passes events on, and learns of them how long steps take; `keep` adds that to what is remembered. */
export const learnTimes = (
  emit: Emit,
): { readonly emit: Emit; readonly keep: (cache: string) => Promise<void> } => {
  const learnt: Times = {};
  return {
    emit: (event) => {
      if (event.type === 'step' && event.reason === 'end') {
        const { step, cached, miss = 'made', milliseconds, made } = event;
        const how = cached ? 'cached' : miss;
        learnt[keyOf(step, how)] = { milliseconds, ...(made === undefined ? {} : { made }) };
      }
      emit(event);
    },
    keep: async (cache) => {
      if (Object.keys(learnt).length === 0) return;
      const scratch = `${fileOf(cache)}.${process.pid}`;
      // Of two runs that end at once one may be forgotten: it decides nothing.
      await mkdir(cache, { recursive: true })
        .then(async () => writeFile(scratch, JSON.stringify({ ...(await read(cache)), ...learnt })))
        .then(() => rename(scratch, fileOf(cache)))
        .catch(() => undefined);
    },
  };
};
