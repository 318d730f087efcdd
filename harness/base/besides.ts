// SPDX-License-Identifier: MIT
import { stoppable, type Context } from './context.ts';
import type { Result } from './result.ts';

/**
 * Two pieces of work at once, the second as soon as the first calls `spare` or is done. The
 * first failure of either stops the other, and is the whole's; without one the value is the
 * second's.
 */
export const besides = async <T>(
  outer: Context,
  first: (context: Context, spare: () => void) => Promise<Result<void>>,
  second: (context: Context) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const { context, stop } = stoppable(outer);
  let failed: Result<never> | undefined;
  const ended = <U>(result: Result<U>): Result<U> => {
    if (!result.ok && !failed) {
      failed = result;
      stop();
    }
    return result;
  };
  let spare: () => void = () => undefined;
  const free = new Promise<void>((resolve) => (spare = resolve));
  const one = first(context, spare).then(ended).finally(spare);
  await free;
  // What has failed already is told, and nothing begun.
  if (context.signal.aborted) return failed ?? ((await one) as Result<never>);
  const two = await second(context).then(ended);
  await one;
  return failed ?? two;
};
