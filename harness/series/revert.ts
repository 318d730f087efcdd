// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { git, text } from '../base/git.ts';
import { printable } from '../base/lines.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { temporary } from '../base/scratch.ts';
import { writing } from '../source/borrowed.ts';

/**
 * A commit of ours on top of `head` that takes out what `culprit`, below it,
 * brought (of a merge, what it brought to its first parent): as git-revert does,
 * merged where lines have moved, on an index of its own. Fails with `unbuildable`
 * where others stand on it.
 */
export const revertOn = async (
  context: Context,
  repository: string,
  head: string,
  culprit: string,
): Promise<Result<string>> => {
  const scratch = await temporary('revert');
  try {
    const env = { GIT_INDEX_FILE: join(scratch, 'index'), ...writing(repository) };
    const call = (args: readonly string[], stdin?: Buffer) =>
      git(['--git-dir', repository, ...args], {
        env,
        signal: context.signal,
        ...(stdin ? { stdin } : {}),
      });
    const change = await call([
      'diff-tree',
      '-p',
      '--binary',
      '--full-index',
      `${culprit}^1`,
      culprit,
    ]);
    const read = await call(['read-tree', head]);
    if (change.code !== 0 || read.code !== 0)
      return fail('unbuildable', `${culprit.slice(0, 12)} has nothing before it to go back to`);
    const applied = await call(['apply', '--cached', '--3way', '-R', '-'], change.stdout);
    const tree = applied.code === 0 ? await call(['write-tree', '--missing-ok']) : applied;
    if (tree.code !== 0)
      return fail('unbuildable', `what comes after ${culprit.slice(0, 12)} stands on it`, {
        detail: applied.tail
          .filter((line) => /conflict|error:|^U /.test(line))
          .slice(0, 5)
          .map(printable)
          .join('\n'),
      });
    const message = `Revert ${culprit}`;
    const commit = await call(['commit-tree', text(tree), '-p', head, '-m', message]);
    return commit.code === 0
      ? ok(text(commit))
      : fail('environment', 'cannot commit a revert', { detail: commit.tail.join('\n') });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
