// SPDX-License-Identifier: MIT
import type { Durations } from './durations.ts';
import type { Program } from './plan.ts';

/** One part of a plan that is run in several places: the index-th, from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Of a program that nobody has timed yet, in milliseconds. */
const UNKNOWN = 1000;

/**
 * The programs of one shard, in the order of the plan. Longest first, each goes to the
 * shard that has least to do: who has the same plan and the same durations cuts the
 * same parts.
 */
export const programsOf = (
  programs: readonly Program[],
  durations: Durations,
  { index, of }: Shard,
): readonly Program[] => {
  const timeOf = ({ name }: Program): number => durations[name] ?? UNKNOWN;
  const byTime = [...programs].sort(
    (a, b) => timeOf(b) - timeOf(a) || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  const loads = Array<number>(of).fill(0);
  const mine = new Set<Program>();
  for (const program of byTime) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + timeOf(program);
    if (least === index - 1) mine.add(program);
  }
  return programs.filter((program) => mine.has(program));
};
