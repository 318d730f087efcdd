// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../base/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { touchedFiles, type Tree } from '../tree.ts';

/** A KUnit suite that a series promises. */
export interface Suite {
  /** As /sys/kernel/debug/kunit has it. */
  readonly name: string;
  /** file:line */
  readonly where: string;
}

/** The `kunit` file of a series: the name of one suite a line, `#` begins a comment. */
export const parseSuites = (text: string, file: string): Result<readonly Suite[]> => {
  const suites: Suite[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const name = line.replace(/#.*$/, '').trim();
    if (name === '') continue;
    const where = `${file}:${index + 1}`;
    if (!/^[\w+][\w.+-]*$/.test(name))
      return fail('unbuildable', `${name} is no name of a KUnit suite`, { where });
    if (suites.some((suite) => suite.name === name))
      return fail('unbuildable', `the suite ${name} is named twice`, { where });
    suites.push({ name, where });
  }
  return ok(suites);
};

/**
 * Looks for the suites in the C files of a tree, first in those that the series touch:
 * `.name = "NAME"` of a kunit_suite, or a file whose module gives it the name. Fails with
 * `unbuildable` at the first suite that cannot be in the kernel.
 */
export const checkSuites = async (tree: Tree, suites: readonly Suite[]): Promise<Result<void>> => {
  if (suites.length === 0) return ok(undefined);
  const cwd = tree.directory;
  const files = [...(await touchedFiles(tree))].filter((name) => /\.[ch]$/.test(name));
  const texts = await Promise.all(
    files.map((name) => readFile(join(cwd, name), 'utf8').catch(() => '')),
  );
  for (const { name, where } of suites) {
    const quoted = `"${name}"`;
    if (texts.some((text) => text.includes(quoted))) continue;
    const options = ['-lF', '-e', quoted, '--', '*.c', '*.h'];
    const named = await git(['grep', ...options], { cwd });
    const modules = await git(['ls-files', '--', `**/${name}.c`], { cwd });
    if (named.stdout.length === 0 && modules.stdout.length === 0)
      return fail('unbuildable', `no KUnit suite of this source is called ${name}`, {
        where,
        remedy: 'name it as .name of its struct kunit_suite does',
      });
  }
  return ok(undefined);
};
