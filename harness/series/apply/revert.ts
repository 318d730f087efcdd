// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { temporary } from '../../base/cache/scratch.ts';
import { writing } from '../../source/tree/alternates.ts';
import { copyBothImages, copyPreimages } from './preimages.ts';

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
    const env = { GIT_INDEX_FILE: join(scratch, 'index') };
    const options = { env, signal: context.signal };
    const written = { ...options, env: { ...env, ...writing(repository) } };
    const at = ['--git-dir', repository];
    const range = [`${culprit}^1`, culprit];
    const change = await git(
      [...at, 'diff-tree', '-p', '--binary', '--full-index', ...range],
      options,
    );
    const read = await git([...at, 'read-tree', head], options);
    if (change.code !== 0 || read.code !== 0)
      return fail('unbuildable', `${culprit.slice(0, 12)} has nothing before it to go back to`);
    const patch = change.stdout.toString();
    await copyPreimages(repository, patch, options);
    await copyBothImages(repository, patch, options);
    const applied = await git([...at, 'apply', '--cached', '--3way', '-R', '-'], {
      ...written,
      stdin: change.stdout,
    });
    const tree =
      applied.code === 0 ? await git([...at, 'write-tree', '--missing-ok'], written) : applied;
    if (tree.code !== 0)
      return fail('unbuildable', `what comes after ${culprit.slice(0, 12)} stands on it`, {
        detail: applied.tail
          .filter((line) => /conflict|error:|^U /.test(line))
          .slice(0, 5)
          .map(printable)
          .join('\n'),
      });
    const message = `Revert ${culprit}`;
    const commit = await git([...at, 'commit-tree', text(tree), '-p', head, '-m', message], {
      ...options,
      env: {
        ...env,
        GIT_AUTHOR_NAME: 'kbt',
        GIT_AUTHOR_EMAIL: 'kbt@localhost',
        GIT_AUTHOR_DATE: '@0 +0000',
      },
    });
    return commit.code === 0
      ? ok(text(commit))
      : fail('environment', 'cannot commit a revert', { detail: commit.tail.join('\n') });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
