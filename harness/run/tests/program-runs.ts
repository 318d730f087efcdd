// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import type { Program } from './plan.ts';
import type { ProgramResult } from '../result/program-result.ts';

/** A program's turn to run: its first, its second. */
export interface ProgramRun {
  readonly program: Program;
  /** From 1. */
  readonly round: number;
}

/** All programs once, then all of them again: what depends on an order shows itself. */
export const programRuns = (programs: readonly Program[], rounds: number): readonly ProgramRun[] =>
  Array.from({ length: rounds }, (_, index) =>
    programs.map((program) => ({ program, round: index + 1 })),
  ).flat();

/**
 * The same order for the same seed, on every machine: Fisher and Yates over the
 * generator mulberry32.
 */
export const shuffled = <T>(items: readonly T[], seed: number): readonly T[] => {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
};

/**
 * What several runs of one program come to. They agree or they do not: one that
 * passed and did not is flaky, and all runs stand beside it.
 */
export const combine = (runs: readonly ProgramResult[]): ProgramResult | undefined => {
  const [first] = runs;
  if (!first || runs.length === 1) return first;
  const bad = runs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk);
  const shown = bad[0] ?? runs.find(({ outcome }) => outcome === 'pass') ?? first;
  const passed = runs.filter(({ outcome }) => outcome === 'pass').length;
  const milliseconds = runs.reduce((sum, run) => sum + run.milliseconds, 0);
  const whole = { ...shown, milliseconds, runs };
  if (bad.length === 0 || passed === 0) return whole;
  const why = `it passed ${passed} times of ${runs.length}; ${shown.outcome}: ${shown.why ?? ''}`;
  return { ...whole, outcome: 'flaky', why };
};
