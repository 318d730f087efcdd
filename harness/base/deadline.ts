// SPDX-License-Identifier: MIT

/**
 * A signal that is aborted after a time, or as soon as one of some others is.
 * AbortSignal.any() over AbortSignal.timeout() would do, but for Node 20: it holds
 * the latter weakly, and once collected it never comes.
 */
export const within = (milliseconds: number, ...others: readonly AbortSignal[]): AbortSignal => {
  const controller = new AbortController();
  const end = (): void => {
    clearTimeout(timer);
    for (const other of others) other.removeEventListener('abort', end);
    controller.abort();
  };
  const timer = setTimeout(end, milliseconds).unref();
  for (const other of others) other.addEventListener('abort', end, { once: true });
  if (others.some((other) => other.aborted)) end();
  return controller.signal;
};
