// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { start } from '../process/process.ts';
import { interrupted, type Context } from '../context.ts';
import { fail, type Result } from '../result.ts';

/** flock's exit status where another holds the lock and nobody waits: one that nothing else has. */
const TAKEN = 75;

/**
 * Holds `flock(1)` on a file while `work` runs. The kernel lets go of the lock
 * when its holder dies, however it dies, so there is no stale lock to clear. Waits
 * for another holder, or is `busy` at once where that is given.
 */
export const withLock = async <T>(
  context: Context,
  file: string,
  work: () => Promise<Result<T>>,
  { busy }: { readonly busy?: Result<never> } = {},
): Promise<Result<T>> => {
  await mkdir(dirname(file), { recursive: true });
  let taken: (() => void) | undefined;
  const locked = new Promise<void>((resolve) => (taken = resolve));
  const holder = start({
    // -F: a child of flock's would go on holding the lock when flock is killed.
    argv: [
      'flock',
      '-F',
      ...(busy ? ['-n', '-E', String(TAKEN)] : []),
      file,
      'sh',
      '-c',
      'echo locked; exec sleep infinity',
    ],
    signal: context.signal,
    onLine: () => taken?.(),
  });
  const waiting = setTimeout(() => {
    context.emit({
      type: 'warning',
      text: `another run holds ${file}; waiting for it`,
    });
  }, 1000);
  const first = await Promise.race([locked.then(() => 'locked'), holder.ended]);
  clearTimeout(waiting);
  if (busy && typeof first !== 'string' && first.code === TAKEN) return busy;
  if (first !== 'locked')
    return context.signal.aborted
      ? interrupted()
      : fail('environment', `cannot lock ${file}`, {
          code: 'tool-missing',
          remedy: 'flock(1) of util-linux must be installed',
        });
  try {
    return await work();
  } finally {
    holder.kill();
    await holder.ended;
  }
};
