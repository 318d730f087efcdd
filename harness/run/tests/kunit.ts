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
 * does, or two are called alike, naming those that there are.
 */
export const withSuites = async (
  kernel: Kernel,
  plan: Plan,
  { kunit, names }: RunSpec['tests'],
): Promise<Result<Plan>> => {
  if (!kunit) return ok(plan);
  const suites = await kunitSuitesOf(kernel);
  if (!suites.ok) return suites;
  const [glob = '*', ...rest] = kunit.glob?.split('.') ?? [];
  const filtered = kunit.glob !== undefined || kunit.filter !== undefined;
  // Of a suite that is named, a test that is not there is misspelt.
  const test = rest.length > 0 && !/[*?]/.test(glob) && !kunit.filter ? rest.join('.') : undefined;
  const how = { atBoot: true, filtered, ...(test === undefined ? {} : { test }) };
  const own = new Set(plan.programs.map(({ name }) => name));
  const programs = suites.value
    .filter((name) => globToRegExp(glob).test(name))
    .map((name) => programOfSuite({ name, where: 'vmlinux' }, how))
    .filter(({ name }) => !own.has(name));
  const twice = programs.find((p, i) => programs.findIndex((q) => q.name === p.name) !== i);
  if (twice) return fail('usage', `--kunit: two suites of this kernel are called ${twice.name}`);
  const there = `there are: ${suites.value.join(', ')}`;
  // What a series promises is in the plan, and the kernel's filter holds for it, too.
  const promised = plan.programs.map((p) =>
    p.suite && filtered ? { ...p, suite: { ...p.suite, filtered } } : p,
  );
  const all = [...promised, ...programs];
  const unmatched = names.find((one) => !all.some((p) => globToRegExp(one).test(p.name)));
  if (unmatched !== undefined)
    return fail('usage', `--tests ${unmatched}: no suite is called so`, { remedy: there });
  if (programs.length === 0 && !promised.some(({ kind }) => kind === 'kunit'))
    return fail('usage', `--kunit ${kunit.glob ?? ''}: no suite is called so`, { remedy: there });
  const patterns = names.map(globToRegExp);
  const chosen = programs.filter(
    ({ name }) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)),
  );
  return ok({ ...plan, programs: [...promised, ...chosen] });
};
