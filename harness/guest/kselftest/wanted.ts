// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileOf, type Roots } from '../../base/context.ts';
import { fileAt } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { ARCH } from '../../arch/host.ts';
import type { Option } from '../../kconfig/fragment.ts';
import type { Patched } from '../../kernel/kit/parts.ts';

/** A collection of kselftest that is asked for, by its name in TARGETS, and of it one test or all. */
export interface Wanted {
  readonly target: string;
  readonly test?: string;
}

/** Where the collections are in the kernel's tree. */
export const SELFTESTS = 'tools/testing/selftests';

/** What a test is called among programs. */
export const nameOfSelftest = (target: string, test: string): string =>
  ['kselftest', ...target.split('/'), test].join('.');

const TARGET = /^\w[\w-]*(?:\/[\w-]+)*$/;

/** Reads words like `timers` and `timers:posix_timers`. Fails with `usage`. */
export const readWanted = (words: readonly string[]): Result<readonly Wanted[]> => {
  const wanted: Wanted[] = [];
  for (const word of words) {
    const [target = '', test, more] = word.split(':');
    if (!TARGET.test(target) || test === '' || more !== undefined)
      return fail('usage', `--kselftest: ${word} is neither a collection nor a test of one`, {
        remedy: 'write TARGET or TARGET:TEST, as run_kselftest.sh --list has them',
      });
    wanted.push({ target, ...(test === undefined ? {} : { test }) });
  }
  return ok(wanted);
};

/** Looks whether a source has all collections. Fails with `usage`, naming those that there are. */
export const checkTargets = async (
  patched: Patched,
  wanted: readonly Wanted[],
  said = '--kselftest',
): Promise<Result<void>> => {
  for (const { target } of wanted) {
    if ((await fileAt(patched, `${SELFTESTS}/${target}/Makefile`)) !== undefined) continue;
    const makefile = (await fileAt(patched, `${SELFTESTS}/Makefile`)) ?? '';
    const names = [...makefile.matchAll(/^TARGETS \+?= (\S+)$/gm)].map(([, name = '']) => name);
    return fail('usage', `${said}: this source has no collection ${target}`, {
      where: SELFTESTS,
      remedy: `there are: ${names.join(', ')}`,
    });
  }
  return ok(undefined);
};

/**
 * What the configs of collections ask for, as `make kselftest-merge` lays them on; a module is
 * built in, as the guest is given none. Where the tree has no config for one, the file
 * kernel-patches/kselftest/TARGET.config has it, with a dot for each slash.
 */
export const optionsOf = async (
  roots: Roots,
  patched: Patched,
  wanted: readonly Wanted[],
): Promise<readonly Option[]> => {
  const options: Option[] = [];
  for (const target of new Set(wanted.map((one) => one.target))) {
    const home = `${SELFTESTS}/${target}`;
    const names = ['config', `config.${ARCH.name}`].map((name) => `${home}/${name}`);
    const texts = await Promise.all(names.map((name) => fileAt(patched, name)));
    for (const [index, text] of texts.entries()) options.push(...read(text, names[index] ?? ''));
    const own = fileOf(
      roots,
      'kernel-patches',
      'kselftest',
      `${target.replaceAll('/', '.')}.config`,
    );
    if (texts.every((text) => text === undefined) && existsSync(own))
      options.push(...read(await readFile(own, 'utf8'), own));
  }
  return options;
};

const read = (text: string | undefined, file: string): readonly Option[] =>
  (text ?? '').split('\n').flatMap((line, index) => {
    const where = `${file}:${index + 1}`;
    const [, off] = /^# (CONFIG_\w+) is not set\s*$/.exec(line) ?? [];
    if (off !== undefined) return [{ name: off, value: 'n', where }];
    const [, name, value] = /^(CONFIG_\w+)=("[^"]*"|[^\s#]+)/.exec(line) ?? [];
    return name === undefined || value === undefined
      ? []
      : [{ name, value: value === 'm' ? 'y' : value, where }];
  });
