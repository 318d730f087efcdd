// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../base/process/git.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Suite } from '../series/files/suites.ts';
import type { Tree } from '../series/tree.ts';

/**
 * Looks for the suites in the C files of a tree, first in those that the series touch:
 * `.name = "NAME"` of a kunit_suite, or a file whose module gives it the name. Fails with
 * `unbuildable` at the first suite that cannot be in the kernel.
 */
export const checkSuites = async (tree: Tree, suites: readonly Suite[]): Promise<Result<void>> => {
  if (suites.length === 0) return ok(undefined);
  const cwd = tree.directory;
  const files = [...tree.touched].filter((name) => /\.[ch]$/.test(name));
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
