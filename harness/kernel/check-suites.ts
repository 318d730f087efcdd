// SPDX-License-Identifier: MIT
import { git } from '../base/process/git.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Applied } from '../series/apply/apply.ts';
import type { Suite } from '../series/files/suites.ts';

/** A commit, and the files that the series change in it. */
type Patched = Pick<Applied, 'repository' | 'commit' | 'touched'>;

/**
 * Looks for the suites in the C files of a commit, first in those that the series touch:
 * `.name = "NAME"` of a kunit_suite, or a file whose module gives it the name. Fails with
 * `unbuildable` at the first suite that cannot be in the kernel.
 */
export const checkSuites = async (
  { repository, commit, touched }: Patched,
  suites: readonly Suite[],
): Promise<Result<void>> => {
  if (suites.length === 0) return ok(undefined);
  const at = ['--git-dir', repository];
  const grep = (...args: readonly string[]) =>
    git([...at, 'grep', ...args], { env: { GIT_LITERAL_PATHSPECS: '1' } });
  const files = [...touched].filter((name) => /\.[ch]$/.test(name));
  const patterns = suites.flatMap(({ name }) => ['-e', `"${name}"`]);
  const said =
    files.length === 0 ? undefined : await grep('-hoF', ...patterns, commit, '--', ...files);
  const near = new Set(said?.stdout.toString().split('\n'));
  for (const { name, where } of suites) {
    if (near.has(`"${name}"`)) continue;
    const named = await git([...at, 'grep', '-lF', '-e', `"${name}"`, commit, '--', '*.c', '*.h']);
    if (named.stdout.length > 0 || (await hasModule({ repository, commit }, name))) continue;
    return fail('unbuildable', `no KUnit suite of this source is called ${name}`, {
      where,
      remedy: 'name it as .name of its struct kunit_suite does',
    });
  }
  return ok(undefined);
};

/** Whether there is a C file of this name, whose module is called so. */
const hasModule = async (
  { repository, commit }: Omit<Patched, 'touched'>,
  name: string,
): Promise<boolean> => {
  const listed = await git(['--git-dir', repository, 'ls-tree', '-r', '--name-only', '-z', commit]);
  const files = listed.stdout.toString().split('\0');
  return files.some((file) => file.endsWith(`/${name}.c`));
};
