// SPDX-License-Identifier: MIT
import { ok, type Result } from './result.ts';

/** How items are worked on; see {@link mapSome}. */
export interface PoolOptions {
  readonly atOnce: number;
  /** Called as soon as a place is free and nothing waits for it. */
  readonly onDrained?: () => void;
}

/**
 * What `work` gives for each item, in their order, some at a time. The first that fails
 * is the whole's failure; none is begun after it, and those that run come to their end.
 */
export const mapSome = async <T, U>(
  items: readonly T[],
  { atOnce, onDrained }: PoolOptions,
  work: (item: T) => Promise<Result<U>>,
): Promise<Result<readonly U[]>> => {
  const values: U[] = [];
  let failed: Result<never> | undefined;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const index = next;
      next += 1;
      const result = await work(items[index] as T);
      if (result.ok) values[index] = result.value;
      else failed ??= result;
    }
    onDrained?.();
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
  return failed ?? ok(values);
};
