// SPDX-License-Identifier: MIT
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { digest } from '../../base/fingerprint.ts';
import { git, text } from '../../base/process/git.ts';
import { withLock } from '../../base/cache/lock.ts';
import { printable } from '../../base/process/lines.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { setAlternate } from './alternates.ts';
import { flavourIn, TELLS_FLAVOUR, versionIn } from '../fetch/import.ts';
import { commitWorkTree } from './work-tree.ts';
import type { Source } from '../source.ts';

/** A git tree of the user's, seen through a repository of ours that has it as its alternate. */
export interface UserTree {
  /** The top of its work tree. */
  readonly directory: string;
  /** Ours: bare, in the cache. */
  readonly repository: string;
  /** The commit it is at. */
  readonly head: string;
}

/**
 * No lock is taken and no index refreshed in a repository that is not ours, and a
 * partial clone does not fetch what it lacks.
 */
const READ_ONLY = { GIT_OPTIONAL_LOCKS: '0', GIT_ALLOW_PROTOCOL: 'none' };

/** What base.config and the guest's first process are written for begins here. */
const OLDEST = [6, 1] as const;

/** Of two directories that every Linux has, one is in no other project of this Makefile. */
const EVERY_LINUX = ['kernel', `arch/${ARCH.kernel.directory}`] as const;

/** Asks the user's own repository; nothing asked here writes to it or reads its index. */
const ask = (directory: string, args: readonly string[], env: Record<string, undefined> = {}) =>
  git(args, { cwd: directory, env: { ...READ_ONLY, ...env } });

/**
 * Finds the tree that a directory is, or lies in. Nothing is written to it, not
 * even a time. Fails with `usage` where it is no git work tree with a commit.
 */
export const openUserTree = async (
  context: Context,
  directory: string,
): Promise<Result<UserTree>> => {
  const given = resolve(directory);
  const what = await stat(given).catch(() => undefined);
  if (!what?.isDirectory()) return fail('usage', `there is no directory ${directory}`);
  const asked = await ask(given, [
    'rev-parse',
    '--is-inside-work-tree',
    '--show-object-format',
    '--path-format=absolute',
    '--git-common-dir',
    '--git-path',
    'objects',
    '--git-path',
    'shallow',
    '--git-path',
    'info/exclude',
  ]);
  const [inside, format, common, objects, shallow, exclude] = text(asked).split('\n');
  if (asked.code !== 0 || !common || !objects || !shallow || !exclude)
    return fail('usage', `${directory} is not a git tree`, {
      detail: asked.tail.slice(0, 3).map(printable).join('\n'),
      remedy: 'give the top of a git checkout; --source takes a directory without git',
    });
  if (inside !== 'true')
    return fail('usage', `${directory} is a repository without a work tree`, {
      remedy: 'give a checkout of it: git worktree add DIR BRANCH',
    });
  if (format !== 'sha1')
    return fail('usage', `${directory} names its objects by ${format ?? ''}, not by sha1`);
  const top = await realpath(text(await ask(given, ['rev-parse', '--show-toplevel'])));
  const head = await ask(top, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (head.code !== 0)
    return fail('usage', `${directory} has no commit yet`, {
      remedy: 'commit what is there: git add -A && git commit',
    });
  const store = join(context.cache, 'source');
  const repository = join(store, `${lineageOf(top)}.git`);
  const ignored = await Promise.all([exclude, await excludesFile(top)].map(contentOf));
  const alternate = { objects, shallow, ignored: ignored.join('\n') };
  const made = await withLock(context, join(store, 'lock'), () =>
    setAlternate(repository, alternate),
  );
  return made.ok ? ok({ directory: top, repository, head: text(head) }) : made;
};

/** What all sources out of one tree share. */
const lineageOf = (directory: string): string => `tree-${digest(directory).slice(0, 16)}`;

/** The user's own file of what to ignore everywhere; empty where none is named. */
const excludesFile = async (directory: string): Promise<string> => {
  const own = { GIT_CONFIG_GLOBAL: undefined, GIT_CONFIG_SYSTEM: undefined };
  return text(await ask(directory, ['config', '--path', 'core.excludesFile'], own));
};

const contentOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/**
 * The source at a revision of the tree, in the words of git rev-parse. What it is
 * counted from is its first parent, so that its own lines are named as its own; a
 * merge and a root commit own none. Fails with `usage` where there is no such
 * revision, or it is no Linux from 6.1 on.
 */
export const sourceAt = async (
  context: Context,
  tree: UserTree,
  rev: string,
): Promise<Result<Source>> => {
  const found = rev.startsWith('-')
    ? undefined
    : await ask(tree.directory, ['rev-parse', '--verify', '--quiet', `${rev}^{commit}`]);
  if (found?.code !== 0)
    return fail('usage', `${tree.directory} has no revision ${printable(rev)}`, {
      remedy: 'git rev-parse must know it there: a tag, a branch, a commit',
    });
  const commit = text(found);
  const parents = text(await ours(tree, ['rev-list', '--parents', '--max-count=1', commit]))
    .split(' ')
    .slice(1);
  const [parent] = parents.length === 1 ? parents : [];
  const name = commit.slice(0, 12);
  return sourceOf(context, tree, commit, name, parent === undefined ? {} : { base: parent });
};

/**
 * The source as it stands in the work tree: HEAD and the uncommitted edits and
 * untracked files that are not ignored, as a commit of ours on top of HEAD. Fails
 * with `usage` where HEAD is no Linux from 6.1 on.
 */
export const workingSource = async (context: Context, tree: UserTree): Promise<Result<Source>> => {
  const name = tree.head.slice(0, 12);
  const head = await sourceOf(context, tree, tree.head, name, { base: tree.head });
  if (!head.ok) return head;
  const commit = await withLock(context, join(context.cache, 'source', 'lock'), () =>
    commitWorkTree(context, tree),
  );
  if (!commit.ok || commit.value === tree.head) return commit.ok ? head : commit;
  const words = `${name}, with uncommitted edits`;
  return sourceOf(context, tree, commit.value, words, { base: tree.head });
};

/** Whether tracked files of the work tree differ from HEAD. */
export const uncommitted = async (tree: UserTree): Promise<boolean> =>
  text(await ask(tree.directory, ['status', '--porcelain', '--untracked-files=no'])) !== '';

const ours = ({ repository }: UserTree, args: readonly string[]) =>
  git(['--git-dir', repository, ...args]);

const sourceOf = async (
  context: Context,
  tree: UserTree,
  commit: string,
  name: string,
  counted: { readonly base?: string },
): Promise<Result<Source>> => {
  const oid = await ours(tree, ['rev-parse', '--verify', '--quiet', `${commit}^{tree}`]);
  const held = await ours(tree, ['ls-tree', '-d', '--name-only', commit, ...EVERY_LINUX]);
  if (oid.code !== 0 || held.code !== 0)
    return fail('environment', `${tree.directory} lacks objects of ${name}`, {
      detail: [...oid.tail, ...held.tail].slice(-3).map(printable).join('\n'),
      remedy: 'fetch them there: git fetch --refetch, or git fsck to see what is missing',
    });
  const fileAt = async (path: string) => text(await ours(tree, ['show', `${commit}:${path}`]));
  const version = versionIn(await fileAt('Makefile'));
  if (version === undefined || text(held).split('\n').length < EVERY_LINUX.length)
    return fail('usage', `${tree.directory} is no Linux tree at ${name}`, {
      detail: `a Makefile with VERSION, PATCHLEVEL and SUBLEVEL, ${EVERY_LINUX.join('/ and ')}/ are wanted`,
    });
  if (isOlder(version))
    return fail('usage', `${tree.directory} is Linux ${version} at ${name}`, {
      remedy: `${OLDEST.join('.')} is the oldest that kbt builds`,
    });
  return ok({
    version,
    flavour: flavourIn(await fileAt(TELLS_FLAVOUR)),
    digest: `tree:${text(oid)}`,
    origin: tree.directory,
    tree: name,
    verified: false,
    unpinned: false,
    repository: tree.repository,
    commit,
    lineage: lineageOf(tree.directory),
    ...counted,
  });
};

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
};
