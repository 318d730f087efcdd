// SPDX-License-Identifier: MIT
import type { Durations } from './durations.ts';

/** One part of a plan or a matrix that is run in several places: the index-th, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Of what nobody has timed yet, in milliseconds. */
const UNKNOWN = 1000;

/**
 * The names of one shard, in the order of the plan. Longest first, each goes to the
 * shard that has least to do: who has the same plan and the same durations cuts the
 * same parts.
 */
export const partOf = (
  names: readonly string[],
  durations: Durations,
  { index, of }: Shard,
): readonly string[] => {
  const timeOf = (name: string): number => durations[name] ?? UNKNOWN;
  const byTime = [...names].sort((a, b) => timeOf(b) - timeOf(a) || (a < b ? -1 : Number(a > b)));
  const loads = Array<number>(of).fill(0);
  const mine = new Set<string>();
  for (const name of byTime) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + timeOf(name);
    if (least === index - 1) mine.add(name);
  }
  return names.filter((name) => mine.has(name));
};
