// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';

const ENTRY = join(import.meta.dirname, '..', 'start.mjs');

// A child that outlives us would hold QEMU and the lock of the tree.
$.detached = false;
$.verbose = false;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort());

/** How a command of kbt ended. */
export interface Ran {
  readonly code: number;
  readonly stderr: string;
}

/**
 * GitHub's runner takes `##[command]` in what a step prints for a command, wherever in a line:
 * what a guest says must be none. Gives what ends that.
 */
const withoutCommands = (): (() => void) => {
  if (!process.env['GITHUB_ACTIONS']) return () => undefined;
  const token = randomUUID();
  process.stderr.write(`::stop-commands::${token}\n`);
  return () => process.stderr.write(`\n::${token}::\n`);
};

/**
 * A command of kbt as a user runs it, its progress on stderr; the TAP of it is wanted from a
 * file, where anybody wants it. A signal ends it, and then all that would come after it.
 */
export const kbt = async (...args: readonly string[]): Promise<Ran> => {
  process.stderr.write(`\n-- kbt ${args.join(' ')}\n`);
  const resume = withoutCommands();
  const running = $({
    nothrow: true,
    quiet: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: stop.signal,
  })`setpriv --pdeathsig TERM node ${ENTRY} ${args}`;
  running.stderr.pipe(process.stderr, { end: false });
  const { exitCode, stderr } = await running;
  resume();
  if (stop.signal.aborted) process.exit(130);
  return { code: exitCode ?? 3, stderr };
};

/** What `--json` wrote; undefined where the command came to no result, or was cut writing it. */
export const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};
