// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileAt } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { parseFragment, type Option } from '../../kconfig/fragment.ts';
import type { Patched } from '../../kernel/kit/parts.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { kunitSuitesOf } from '../../kernel/kunit-suites.ts';
import type { RunSpec } from '../spec.ts';
import { globToRegExp, programOfSuite, type Plan } from './plan.ts';

/** What kunit.py enables where nothing is named. */
const DEFAULT = 'tools/testing/kunit/configs/default.config';

/** What `--kunitconfig DIR` means in a directory, as for kunit.py. */
const IN_DIRECTORY = '.kunitconfig';

/**
 * What a kunitconfig asks for: a file or a directory of the user's, or of the source. Fails with
 * `usage` where there is none, and with `unbuildable` at a line that is none of a fragment.
 */
export const kunitOptions = async (
  patched: Patched,
  config: string | undefined,
): Promise<Result<readonly Option[]>> => {
  const own = config !== undefined && existsSync(resolve(config)) ? resolve(config) : undefined;
  if (own !== undefined) {
    const file = (await stat(own)).isDirectory() ? join(own, IN_DIRECTORY) : own;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    return text === undefined ? none(file) : parseFragment(text, file);
  }
  const path = (config ?? DEFAULT).replace(/\/+$/, '');
  for (const file of [path, `${path}/${IN_DIRECTORY}`]) {
    const text = await fileAt(patched, file);
    if (text !== undefined) return parseFragment(text, file);
  }
  return none(path);
};

const none = (file: string) =>
  fail('usage', `--kunitconfig: there is no ${file}, here or in the source`, {
    remedy: 'give a fragment, or a directory with a .kunitconfig: fs/ext4, lib/kunit',
  });

/**
 * The plan with the suites of a kernel that match, behind all else. Fails with `usage` where none
 * does, naming those that there are.
 */
export const withSuites = async (
  kernel: Kernel,
  plan: Plan,
  { kunit, names }: RunSpec['tests'],
): Promise<Result<Plan>> => {
  if (!kunit) return ok(plan);
  const suites = await kunitSuitesOf(kernel);
  if (!suites.ok) return suites;
  const [glob = '*', test] = kunit.glob?.split('.') ?? [];
  const filtered = test !== undefined || kunit.filter !== undefined;
  const matching = suites.value.filter((name) => globToRegExp(glob).test(name));
  const programs = matching
    .map((name) => programOfSuite({ name, where: 'vmlinux' }, { atBoot: true, filtered }))
    .filter(({ name }) => names.length === 0 || names.some((one) => globToRegExp(one).test(name)));
  if (programs.length === 0)
    return fail('usage', '--kunit: this kernel has no suite that is called so', {
      remedy: `there are: ${suites.value.join(', ')}`,
    });
  const known = new Set(plan.programs.map(({ name }) => name));
  const more = programs.filter(({ name }) => !known.has(name));
  return ok({ ...plan, programs: [...plan.programs, ...more] });
};
