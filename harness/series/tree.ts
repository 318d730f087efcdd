// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { interrupted, type Context } from '../base/context.ts';
import { fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/process/git.ts';
import { ok, type Result } from '../base/result.ts';
import { hasAlternates } from '../source/tree/alternates.ts';
import type { Source } from '../source/source.ts';
import type { Applied } from './apply/apply.ts';
import { layOut, SHARED } from './template.ts';
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

/** What is laid out where. */
interface CheckoutOptions {
  /** The directory of the tree and its builds. */
  readonly home: string;
  readonly source: Source;
  readonly applied: Applied;
}

/** Lays the patched source out in the directory of its series, whose lock is held. */
export const checkOut = async (
  context: Context,
  { home, source, applied }: CheckoutOptions,
): Promise<Result<Tree>> => {
  const directory = join(home, 'linux');
  const { repository, base, commit } = applied;
  if (await moveTo(context, directory, applied)) return ok({ ...applied, directory });
  if (context.signal.aborted) return interrupted();
  // One that cannot be moved has lost what it was at: the user's objects come and go. Files of
  // the next are older than what was built of it, so that make would keep it.
  await clear(home);
  const laid = await layOut(context, source, { repository, base, commit, directory });
  if (laid.ok) return ok({ ...applied, directory });
  // Half a checkout must not pass for one.
  await rm(directory, { recursive: true, force: true });
  if (!hasAlternates(repository) || laid.failure.code === 'no-space') return laid;
  const remedy = 'does its repository lack objects (a partial clone)? git fetch --refetch there';
  return { ok: false, failure: { remedy, ...laid.failure } };
};

/** Takes away a checkout and all that was built of it; the lock is held, and stays. */
const clear = async (home: string): Promise<void> => {
  const names = (await readdir(home)).filter((name) => name !== 'lock');
  await Promise.all(names.map((name) => rm(join(home, name), { recursive: true, force: true })));
};

/** Has git write the files that differ; false where there is no checkout that it can move. */
const moveTo = async (
  { signal }: Context,
  directory: string,
  { repository, commit }: Applied,
): Promise<boolean> => {
  if (!existsSync(join(directory, '.git'))) return false;
  const asked = ['--absolute-git-dir', '--git-common-dir', 'HEAD^{commit}'];
  const found = await git(['rev-parse', '--path-format=absolute', ...asked], { cwd: directory });
  const [own = '', home = ''] = text(found).split('\n');
  // The directory of a lineage may have been laid out by another repository.
  if (found.code !== 0 || (await realpath(home)) !== (await realpath(repository))) return false;
  // What a killed run left; no live one holds it, the lock is ours.
  await rm(join(own, 'index.lock'), { force: true });
  const move = ['checkout', '-q', '--detach', '--force', commit];
  return (await git([...SHARED, ...move], { signal, cwd: directory })).code === 0;
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
