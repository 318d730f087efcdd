// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { failureLines } from '../../harness/report/terminal/failure.ts';
import type { FailedResult } from '../../harness/run/result/result.ts';

const ENTRY = join(import.meta.dirname, '..', 'start.mjs');

// A child that outlives us would hold QEMU and the lock of the tree.
$.detached = false;
$.verbose = false;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort());

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
 * A command of kbt as a user runs it, its progress on stderr; gives its exit code. What else
 * is wanted of it is wanted from a file. A signal ends it, and then all that would come after it.
 */
export const kbt = async (...args: readonly string[]): Promise<number> => {
  process.stderr.write(`\n-- kbt ${args.join(' ')}\n`);
  const resume = withoutCommands();
  const running = $({
    nothrow: true,
    quiet: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    signal: stop.signal,
  })`setpriv --pdeathsig TERM node ${ENTRY} ${args}`;
  const { exitCode } = await running;
  resume();
  if (stop.signal.aborted) process.exit(130);
  return exitCode ?? 3;
};

/** What a command came to, or in lines why it came to nothing. */
export type Told<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'none'; readonly why: readonly string[] };

/** What a command that ended so wrote by `--json`. */
export const readTold = <T>(file: string, code: number): Told<T> => {
  const told = readJson(file) as (T & { readonly kind: string }) | FailedResult | undefined;
  if (told === undefined)
    return { kind: 'none', why: [`it came to no result, and ended with exit code ${code}`] };
  return isFailed(told)
    ? { kind: 'none', why: failureLines(told.failure) }
    : { kind: 'value', value: told };
};

const isFailed = (told: { readonly kind: string }): told is FailedResult => told.kind === 'failed';

/** What `--json` wrote; undefined where the command came to no result, or was cut writing it. */
export const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};
