// SPDX-License-Identifier: MIT
import { run } from '../process/process.ts';
import { fail, ok, type Result } from '../result.ts';

/**
 * Copies a directory to a name that is free, its files as further names of the same ones:
 * nothing of them is read or written. Whoever changes a file of either replaces it. Fails with
 * `environment`.
 */
export const linkDirectory = async (
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<Result<void>> => {
  const argv = ['cp', '--archive', '--link', '--no-target-directory', from, to] as const;
  const linked = await run({ argv, ...(signal ? { signal } : {}) });
  return linked.code === 0
    ? ok(undefined)
    : fail('environment', `cannot link ${from} to ${to}`, { detail: linked.tail.join('\n') });
};
