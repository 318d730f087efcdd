// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ReadOnly } from '../../base/read-only.ts';

export const INSTALLED_TEST = z.strictObject({
  target: z.string(),
  /** Its file in the directory of the collection. */
  test: z.string(),
  /** Seconds, as `settings` has it; 0: none. */
  timeout: z.number(),
  /** How a shell begins it in that directory, without its arguments. */
  command: z.string(),
});

/** A test of a collection that was installed. */
export type InstalledTest = ReadOnly<z.infer<typeof INSTALLED_TEST>>;

/** Of a collection without a word on it in its settings (kselftest/runner.sh). */
const DEFAULT_TIMEOUT_S = 45;

/** The tests that an installed collection lists, in its order; none where it installed nothing. Throws as `fs` does. */
export const readInstalled = async (
  install: string,
  target: string,
): Promise<readonly InstalledTest[]> => {
  const file = join(install, 'kselftest-list.txt');
  if (!existsSync(file)) return [];
  const list = await readFile(file, 'utf8');
  const home = join(install, target);
  const settings = await readFile(join(home, 'settings'), 'utf8').catch(() => '');
  const timeout = Number(/^timeout=(\d+)/m.exec(settings)?.[1] ?? DEFAULT_TIMEOUT_S);
  const names = list.split('\n').flatMap((line) => {
    const [of, test] = line.split(':');
    return of === target && test ? [test] : [];
  });
  return Promise.all(
    names.map(async (test) => ({ target, test, timeout, command: await commandOf(home, test) })),
  );
};

/** As run_one() of kselftest/runner.sh begins it. */
const commandOf = async (home: string, test: string): Promise<string> => {
  const isExecutable = async (name: string): Promise<boolean> =>
    (((await stat(join(home, name)).catch(() => undefined))?.mode ?? 0) & 0o100) !== 0;
  if (await isExecutable(test)) return `./${test}`;
  if (await isExecutable('ksft_runner.sh')) return `./ksft_runner.sh ./${test}`;
  const first = await readFile(join(home, test), 'latin1').catch(() => '');
  const [, interpreter] = /^#!(.*)\n/.exec(first) ?? [];
  return interpreter === undefined ? 'false' : `${interpreter} ./${test}`;
};
