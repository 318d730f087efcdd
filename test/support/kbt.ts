// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface Ran {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kbt as a user does, in a directory of theirs; `env` reaches everything that it starts. */
export const kbt = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = ROOT,
): Promise<Ran> => {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, 'ci', 'start.mjs'), ...args],
    { env, cwd, reject: false, stdin: 'ignore' },
  );
  return { code: exitCode, stdout, stderr };
};

/** A mark in the environment, by which all descendants of a command are found; make hands on what is called so. */
export const newMark = (): string => `CCACHE_TEST_MARK=${randomUUID()}`;

/** A live process of a run. */
export interface Marked {
  readonly pid: number;
  readonly command: string;
}

/** All live processes that carry the mark. */
export const processesOf = async (mark: string): Promise<readonly Marked[]> => {
  const found: Marked[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.includes(mark)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    found.push({ pid: Number(pid), command: command.replaceAll('\0', ' ') });
  }
  return found;
};

/** The command lines of all live processes that carry the mark. */
export const marked = async (mark: string): Promise<readonly string[]> =>
  (await processesOf(mark)).map(({ command }) => command);

/** Settles when `condition` holds; looks again at every tick of the test's own clock. */
export const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
};
