// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import { BASE } from './checkout.ts';

const refuse = (where: string, what: string, remedy: string, detail = '') =>
  fail('usage', what, { where, remedy, ...(detail ? { detail } : {}) });

/** The commit below the first patch of a checkout; undefined where the directory is none. */
export const baseOf = async (directory: string): Promise<string | undefined> => {
  const tagged = await git(['-C', directory, 'rev-parse', '-q', '--verify', `${BASE}^{commit}`]);
  return tagged.code === 0 ? text(tagged) : undefined;
};

/** Fails with `usage` where a directory is no checkout of a series, or one with work that no commit has. */
export const isSettled = async (directory: string): Promise<Result<void>> => {
  const own = ['-C', directory];
  if ((await baseOf(directory)) === undefined)
    return refuse(
      directory,
      `${directory} is no checkout of a series`,
      'make one: kbt series checkout',
    );
  const going = ['rebase-merge', 'rebase-apply'].map((name) => join(directory, '.git', name));
  if (going.some((path) => existsSync(path)))
    return refuse(
      directory,
      'a rebase or an am is under way',
      'end it: git am --continue or git rebase --continue, or --abort',
    );
  const dirty = await git([...own, 'status', '--porcelain', '--untracked-files=no']);
  return dirty.stdout.length > 0
    ? refuse(
        directory,
        'the checkout has edits that no commit has',
        'commit them, or git stash',
        text(dirty),
      )
    : ok(undefined);
};

/** The files of a checkout that git does not know, and has not to ignore. */
export const untracked = async (directory: string): Promise<readonly string[]> => {
  const list = ['ls-files', '--others', '--exclude-standard', '-z'];
  return text(await git(['-C', directory, ...list]))
    .split('\0')
    .filter((name) => name !== '');
};

/**
 * The commits of the branch of a series in its checkout, above its source, the first first. Fails
 * with `usage` where another one is checked out, or they are no series.
 */
export const commitsOf = async (
  directory: string,
  { commit: base }: Pick<Source, 'commit'>,
  branch: string,
): Promise<Result<readonly string[]>> => {
  const settled = await isSettled(directory);
  if (!settled.ok) return settled;
  const own = ['-C', directory];
  const at = text(await git([...own, 'symbolic-ref', '-q', '--short', 'HEAD']));
  if (at !== branch)
    return refuse(
      directory,
      `${at === '' ? 'a commit' : `the branch ${at}`} is checked out, not the branch ${branch}`,
      `git switch ${branch}, or first git bisect reset`,
    );
  const above = await git([...own, 'merge-base', '--is-ancestor', base, 'HEAD']);
  if (above.code !== 0)
    return refuse(
      directory,
      'the branch does not stand on the source of the pin',
      'kbt series rebase brings it there; --source or --tree names another source',
    );
  const range = `${base}..HEAD`;
  const merges = text(await git([...own, 'rev-list', '--merges', range]));
  if (merges !== '')
    return refuse(
      directory,
      'the branch has merges',
      'a series is a line of commits: git rebase',
      merges,
    );
  const commits = text(await git([...own, 'rev-list', '--reverse', range])).split('\n');
  return commits[0] === ''
    ? refuse(
        directory,
        'the branch has no commit above the source',
        'a series has at least one patch',
      )
    : ok(commits);
};
