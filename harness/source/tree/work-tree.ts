// SPDX-License-Identifier: MIT
import { existsSync, lstatSync } from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import type { Ended } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { writing } from './alternates.ts';

/** The commit of ours that holds what its author has not committed. */
export const UNCOMMITTED = 'uncommitted edits';

interface WorkTree {
  readonly directory: string;
  readonly repository: string;
  readonly head: string;
}

/**
 * The work tree as a commit on top of HEAD; HEAD itself where nothing differs. The
 * index is one of ours, begun from HEAD and not as a copy of the user's, whose bits
 * (assume-unchanged) would hide edits; it is kept, so that only files with another
 * time are read again. Under the lock of the sources. Fails with `environment`.
 */
export const commitWorkTree = async (
  context: Context,
  { directory, repository, head }: WorkTree,
): Promise<Result<string>> => {
  const index = join(repository, 'work-index');
  // What a killed run left; no live one holds it, the lock is ours.
  await rm(`${index}.lock`, { force: true });
  const fileMode = text(await git(['config', '--type=bool', 'core.fileMode'], { cwd: directory }));
  const call = (args: readonly string[], more: { env?: object; stdin?: string } = {}) =>
    git(['-c', `core.fileMode=${fileMode || 'true'}`, ...args], {
      cwd: directory,
      signal: context.signal,
      ...(more.stdin === undefined ? {} : { stdin: more.stdin }),
      env: {
        GIT_DIR: repository,
        GIT_WORK_TREE: directory,
        GIT_INDEX_FILE: index,
        GIT_LITERAL_PATHSPECS: '1',
        ...more.env,
      },
    });
  const env = writing(repository);
  const read = await call(['read-tree', '--reset', head]);
  if (read.code !== 0) return refused(directory, read);
  context.emit({ type: 'step', reason: 'progress', step: 'source', text: 'looking for edits' });
  // Without it `add` would write every file that this index has not seen yet.
  await call(['update-index', '-q', '--refresh']);
  const added = await call(['-c', 'advice.addEmbeddedRepo=false', 'add', '-A', '.'], { env });
  if (added.code !== 0) return refused(directory, added);
  const forced = await forceAdded(directory, repository, head);
  const staged = await call(['update-index', '--add', '--remove', '-z', '--stdin'], {
    env,
    stdin: forced.map((name) => `${name}\0`).join(''),
  });
  if (staged.code !== 0) return refused(directory, staged);
  const differs = await call(['diff-index', '--cached', '--raw', '-z', '--no-renames', head]);
  if (differs.code !== 0) return refused(directory, differs);
  if (differs.stdout.length === 0) return ok(head);
  for (const name of gitlinks(differs.stdout.toString()))
    context.emit({
      type: 'warning',
      text: `${printable(name)} is a git repository of its own: the files in it are left out`,
    });
  // The blobs of HEAD are not in the store that is written to.
  const tree = await call(['write-tree', '--missing-ok'], { env });
  if (tree.code !== 0) return refused(directory, tree);
  const commit = await call(['commit-tree', text(tree), '-p', head, '-m', UNCOMMITTED], {
    env: {
      GIT_AUTHOR_NAME: 'kbt',
      GIT_AUTHOR_EMAIL: 'kbt@localhost',
      GIT_AUTHOR_DATE: '@0 +0000',
    },
  });
  return commit.code === 0 ? ok(text(commit)) : refused(directory, commit);
};

const refused = (directory: string, ended: Ended) =>
  fail('environment', 'cannot read the work tree', {
    where: directory,
    detail: ended.tail.slice(-5).map(printable).join('\n'),
  });

/**
 * Files that are ignored, but that the user has staged in spite of it. The user's
 * index is read from a copy: reading one that is split sets a time beside it.
 */
const forceAdded = async (
  directory: string,
  repository: string,
  head: string,
): Promise<readonly string[]> => {
  const asked = await git(['rev-parse', '--path-format=absolute', '--git-path', 'index'], {
    cwd: directory,
    env: { GIT_OPTIONAL_LOCKS: '0' },
  });
  const theirs = text(asked);
  if (!existsSync(theirs)) return [];
  const shared = (await readdir(dirname(theirs))).filter((name) => /^sharedindex\./.test(name));
  const copies = shared.map((name) => [join(dirname(theirs), name), join(repository, name)]);
  const copy = join(repository, 'their-index');
  for (const [from = '', to = ''] of [[theirs, copy], ...copies]) await copyFile(from, to);
  const options = ['--cached', '--name-only', '--diff-filter=A', '--no-renames', '-z'];
  const ended = await git(['--git-dir', repository, 'diff-index', ...options, head], {
    env: { GIT_INDEX_FILE: copy },
  });
  for (const [, to = ''] of [['', copy], ...copies]) await rm(to, { force: true });
  return namesIn(ended.stdout.toString()).filter((name) =>
    lstatSync(join(directory, name), { throwIfNoEntry: false })?.isFile(),
  );
};

const namesIn = (list: string): readonly string[] => list.split('\0').filter((n) => n !== '');

/** Of a raw diff, `:MODE MODE OID OID STATUS\0NAME\0`, the names that stand for a commit now. */
const gitlinks = (raw: string): readonly string[] =>
  [...raw.matchAll(/:\d+ 160000 [^\0]*\0([^\0]*)\0/g)].map(([, name = '']) => name);
