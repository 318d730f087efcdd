// SPDX-License-Identifier: MIT
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { fingerprint } from '../../base/fingerprint.ts';
import { temporary } from '../../base/cache/scratch.ts';
import type { Source } from '../../source/source.ts';
import { writing } from '../../source/tree/alternates.ts';

/** A commit of a source's repository: the source, or it with patches on top. */
export type Patched = Pick<Source, 'repository' | 'commit'>;

/**
 * The name of the git tree that holds these files and directories of a commit and nothing
 * else: two commits that differ elsewhere alone have the same. Fails with `unbuildable`.
 */
export const partsOf = async (
  { signal }: Pick<Context, 'signal'>,
  { repository, commit }: Patched,
  paths: readonly string[],
): Promise<Result<string>> => {
  const scratch = await temporary('parts');
  try {
    const at = ['--git-dir', repository];
    const listed = await git([...at, 'ls-tree', '-r', '-z', commit, '--', ...paths], { signal });
    const env = { GIT_INDEX_FILE: join(scratch, 'index'), ...writing(repository) };
    const put = await git([...at, 'update-index', '-z', '--index-info'], {
      ...{ env, signal },
      stdin: listed.stdout,
    });
    const tree = await git([...at, 'write-tree', '--missing-ok'], { env, signal });
    const wrong = [listed, put, tree].find(({ code }) => code !== 0);
    return wrong ? broken('its files', wrong.tail) : ok(text(tree));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/**
 * Writes such a tree into the directory `linux` of a workshop, where the last one was: files
 * that are the same stay as they are, and make sees what differs. Gives the directory.
 */
export const layOut = async (
  { signal }: Pick<Context, 'signal'>,
  repository: string,
  parts: string,
  shop: string,
): Promise<Result<string>> => {
  const tree = join(shop, 'linux');
  await mkdir(tree, { recursive: true });
  const index = join(shop, 'index');
  await rm(`${index}.lock`, { force: true });
  const put = await git(
    ['--git-dir', repository, '--work-tree', tree, 'read-tree', '--reset', '-u', parts],
    { cwd: tree, env: { GIT_INDEX_FILE: index }, signal },
  );
  return put.code === 0 ? ok(tree) : broken('its files', put.tail);
};

/** Names the workshop that sources of one line share: they differ in few files. */
export const lineOf = ({ lineage, digest }: Source): string =>
  fingerprint({ architecture: ARCH.name, line: lineage ?? digest }).slice(0, 16);

/** That a source lacks what every Linux has. */
export const broken = (what: string, tail: readonly string[]) =>
  fail('unbuildable', `the source does not give ${what}`, {
    detail: tail.slice(-10).join('\n'),
  });
