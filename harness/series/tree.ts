// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/process/git.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { borrows } from '../source/tree/alternates.ts';
import type { Source } from '../source/source.ts';
import type { Applied } from './apply/apply.ts';
import { roomForCheckout } from './room.ts';
import type { Series } from './series.ts';

/** A patched source in a directory. */
export interface Tree extends Applied {
  readonly directory: string;
}

/**
 * Sources of one line and series of the same names share one directory: an edit
 * of either changes few of its files.
 */
export const treeKey = (source: Source, all: readonly Series[]): string =>
  fingerprint({ source: source.lineage ?? source.digest, series: all.map((s) => s.name) }).slice(
    0,
    16,
  );

/** Where the patched source is laid out; under the lock of that directory. */
export const checkOut = async (
  context: Context,
  home: string,
  applied: Applied,
): Promise<Result<Tree>> => {
  const directory = join(home, 'linux');
  const at = ['--git-dir', applied.repository];
  const options = { signal: context.signal };
  // What a killed run left; no live one holds it, the lock is ours.
  if (existsSync(join(directory, '.git'))) {
    const gitDirectory = await git(['rev-parse', '--absolute-git-dir'], { cwd: directory });
    await rm(join(text(gitDirectory), 'index.lock'), { force: true });
  }
  const move = ['checkout', '-q', '--detach', '--force', applied.commit];
  let ended = (await isCheckoutOf(applied.repository, directory))
    ? await git(move, { ...options, cwd: directory })
    : undefined;
  // One that cannot be moved has lost what it was at: the user's objects come and go.
  if (ended?.code !== 0 && !context.signal.aborted) {
    await rm(directory, { recursive: true, force: true });
    const room = await roomForCheckout(context, applied.repository, applied.commit, directory);
    if (!room.ok) return room;
    await mkdir(dirname(directory), { recursive: true });
    await git([...at, 'worktree', 'prune'], options);
    const add = ['worktree', 'add', '-q', '--detach', '--force', directory, applied.commit];
    ended = await git([...at, '-c', 'checkout.workers=0', ...add], options);
    // Half a checkout must not pass for one.
    if (ended.code !== 0) await rm(directory, { recursive: true, force: true });
  }
  return ended?.code === 0
    ? ok({ ...applied, directory })
    : fail('environment', 'cannot check the tree out', {
        where: directory,
        detail: (ended?.tail ?? []).slice(-5).join('\n'),
        ...(borrows(applied.repository)
          ? {
              remedy:
                'does its repository lack objects (a partial clone)? git fetch --refetch there',
            }
          : {}),
      });
};

/** The directory of a line may have been laid out by another repository, or not at all. */
const isCheckoutOf = async (repository: string, directory: string): Promise<boolean> => {
  if (!existsSync(join(directory, '.git'))) return false;
  const asked = ['rev-parse', '--path-format=absolute', '--git-common-dir', 'HEAD^{commit}'];
  const found = await git(asked, { cwd: directory });
  const [home = ''] = text(found).split('\n');
  if (found.code !== 0) return false;
  const [theirs, ours] = await Promise.all([home, repository].map((path) => realpath(path)));
  return theirs === ours;
};

/** The patch that owns a line of a file; undefined when it is the source's own. */
export const ownerOf = async (
  applied: Applied,
  file: string,
  line: number,
): Promise<string | undefined> => {
  const ended = await git([
    '--git-dir',
    applied.repository,
    'blame',
    '-l',
    '-s',
    '-L',
    `${line},${line}`,
    applied.commit,
    '--',
    file,
  ]);
  const commit = text(ended).replace(/^\^/, '').slice(0, 40);
  return applied.patches.find((p) => p.commit === commit)?.patch;
};
