// SPDX-License-Identifier: MIT
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { cacheDirectory, type Context } from '../base/context.ts';
import type { Emit } from '../base/events.ts';

/** The repository that this file is in, compiled (dist/harness/cli) or not. */
export const repositoryRoot = (): string => {
  const parts = import.meta.dirname.split('/');
  const levels = parts.includes('dist') ? 3 : 2;
  return join(import.meta.dirname, ...Array<string>(levels).fill('..'));
};

/**
 * The context of one command, whose signal follows SIGINT and SIGTERM. A second
 * signal is not waited for: what runs is already being ended.
 */
export const openSession = (emit: Emit) => {
  const aborter = new AbortController();
  // Every process and connection of a run listens to it.
  setMaxListeners(0, aborter.signal);
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received ??= signal;
    aborter.abort(signal);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  const context: Context = {
    root: repositoryRoot(),
    cache: cacheDirectory(process.env),
    emit,
    signal: aborter.signal,
  };
  return {
    context,
    /** 130 or 143 where a signal came, otherwise `code`. */
    exitCode: (code: number): number =>
      received === undefined ? code : received === 'SIGINT' ? 130 : 143,
  };
};
