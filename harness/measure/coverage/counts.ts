// SPDX-License-Identifier: MIT
import type { Counts } from './gcov-info.ts';

/** Combines two counts of one kernel, counter by counter. Throws where they are of two. */
const combine = (a: Counts, b: Counts, how: (x: bigint, y: bigint) => bigint): Counts =>
  a.map((object, o) => ({
    ...object,
    functions: object.functions.map((fn, f) => ({
      ...fn,
      counters: fn.counters.map(({ kind, values }, c) => {
        const other = b[o]?.functions[f]?.counters[c]?.values;
        if (other?.length !== values.length) throw new Error('counters of two kernels');
        return { kind, values: values.map((value, v) => how(value, other[v] ?? 0n)) };
      }),
    })),
  }));

/** Both, one after the other. */
export const plus = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => x + y);

/** What came between `before` and `after`; never less than nothing, what a guest does to its memory. */
export const between = (before: Counts, after: Counts): Counts =>
  combine(after, before, (x, y) => (x > y ? x - y : 0n));

/** The same twice, counted once. */
export const larger = (a: Counts, b: Counts): Counts => combine(a, b, (x, y) => (x > y ? x : y));
