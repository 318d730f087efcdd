// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { linkDirectory } from '../base/cache/link.ts';
import { markUsed } from '../base/cache/runs.ts';
import { fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/process/git.ts';
import type { Ended } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Source } from '../source/source.ts';
import { unpackedOf } from '../source/stored.ts';
import { roomForCheckout } from './room.ts';

/** A commit of a source, and where it is to be laid out. */
export interface Layout {
  readonly repository: string;
  /** Below it: what the trees of a source have in common. */
  readonly base: string;
  readonly commit: string;
  readonly directory: string;
}

/**
 * Other trees share the files of a checkout, and each further name of a file sets its time of
 * change: git knows a file by its time of modification and its size. The kernel's own
 * repository has no files that differ in neither.
 */
export const SHARED = ['-c', 'core.trustctime=false', '-c', 'core.checkStat=minimal'] as const;

/**
 * Lays a commit out in a new work tree: most of its files are further names of those in a
 * template that all trees of a source share, and git writes those that differ. Under the lock of
 * the sources. Fails with `environment`.
 */
export const layOut = async (
  context: Context,
  source: Pick<Source, 'lineage' | 'digest'>,
  { repository, base, commit, directory }: Layout,
): Promise<Result<void>> => {
  const { signal } = context;
  const template = await obtainTemplate(context, source, { repository, base });
  if (!template.ok) return template;
  const at = ['--git-dir', repository];
  await git([...at, 'worktree', 'prune'], { signal });
  const add = ['worktree', 'add', '-q', '--detach', '--force', '--no-checkout', directory, commit];
  const added = await git([...at, ...add], { signal });
  if (added.code !== 0) return refused(directory, added);
  const linked = await linkDirectory(join(template.value, 'linux'), directory, signal);
  if (!linked.ok) return linked;
  const home = text(await git(['rev-parse', '--absolute-git-dir'], { cwd: directory }));
  await copyFile(join(template.value, 'index'), join(home, 'index'));
  const moved = await git([...SHARED, 'checkout', '-q', '--detach', '--force', commit], {
    cwd: directory,
    signal,
  });
  return moved.code === 0 ? ok(undefined) : refused(directory, moved);
};

/** The template of a source; of a lineage the first base that somebody wanted. It is no work tree of git's. */
const obtainTemplate = async (
  context: Context,
  { lineage, digest }: Pick<Source, 'lineage' | 'digest'>,
  { repository, base }: Pick<Layout, 'repository' | 'base'>,
): Promise<Result<string>> => {
  const key = fingerprint({ template: lineage ?? digest }).slice(0, 16);
  const template = join(context.cache, 'trees', `template-${key}`);
  const whole = join(template, 'whole');
  await mkdir(template, { recursive: true });
  await markUsed(template);
  if (existsSync(whole)) return ok(template);
  if (await adopt(context, { repository, base }, template)) {
    await writeFile(whole, '');
    return ok(template);
  }
  // What a killed run left is half of one.
  await rm(template, { recursive: true, force: true });
  const directory = join(template, 'linux');
  await mkdir(directory, { recursive: true });
  const room = await roomForCheckout(context, repository, base, directory);
  if (!room.ok) return room;
  const written = await git(
    [
      ...['--git-dir', repository, '--work-tree', directory, '-c', 'checkout.workers=0'],
      ...['read-tree', '--reset', '-u', base],
    ],
    { cwd: directory, env: { GIT_INDEX_FILE: join(template, 'index') }, signal: context.signal },
  );
  if (written.code !== 0) return refused(directory, written);
  await writeFile(whole, '');
  return ok(template);
};

/** Makes a template of the files that a source was imported from; false where there are none, or others. */
const adopt = async (
  { signal }: Context,
  { repository, base }: Pick<Layout, 'repository' | 'base'>,
  template: string,
): Promise<boolean> => {
  const unpacked = unpackedOf(repository);
  if (!existsSync(unpacked)) return false;
  const [directory, index] = [join(template, 'linux'), join(template, 'index')];
  await rm(directory, { recursive: true, force: true });
  // Another user's files are not ours to take.
  const moved = await rename(unpacked, directory).then(
    () => copyFile(join(repository, 'index'), index).then(() => true),
    () => false,
  );
  if (!moved) return false;
  const compare = ['diff-index', '--quiet', base];
  const same = await git(
    [...SHARED, '--git-dir', repository, '--work-tree', directory, ...compare],
    {
      ...{ cwd: directory, env: { GIT_INDEX_FILE: index }, signal },
    },
  );
  return same.code === 0;
};

const refused = (where: string, { tail }: Ended): Result<never> =>
  fail('environment', 'cannot check the tree out', { where, detail: tail.slice(-5).join('\n') });
