// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import { isSettled } from '../checkout/branch.ts';
import { BASE, checkOutSeries } from '../checkout/checkout.ts';
import { changeOf, changesBefore } from '../checkout/changes.ts';
import type { Series } from '../series.ts';
import type { Outlook } from './outlook.ts';

/** How far the branch came. */
export interface Rebased {
  readonly commits: number;
  /** What git am said where it stopped; its state is left for `git am --continue`. */
  readonly stopped?: string;
}

/**
 * Puts the branch of a checkout, which is made where there is none, on another source: what is
 * there already is left out, and `git am --3way` does the rest. Fails with `usage` where the checkout holds what the files of
 * the series do not, or with `environment`.
 */
export const rebase = async (
  context: Context,
  { series, from, to, standings }: Outlook,
  directory: string,
): Promise<Result<Rebased>> => {
  const ready = existsSync(directory)
    ? await losesNothing(context, from.source, series, directory)
    : await checkOutSeries(context, from.source, series, { directory });
  if (!ready.ok) return ready;
  const brought = await bring(context, to, directory);
  if (!brought.ok) return brought;
  const { repository, patches } = from.applied;
  // Before them stand commits of a tree's own.
  const ours = patches.slice(patches.length - series.patches.length);
  const mails: Buffer[] = [];
  for (const [index, { commit }] of ours.entries())
    if (standings[index]?.kind !== 'there') mails.push(await mailOf(repository, commit));
  const own = ['-C', directory];
  const { signal } = context;
  for (const args of [
    ['checkout', '-q', '-B', series.name, to.commit],
    ['update-ref', BASE, to.commit],
  ]) {
    const ended = await git([...own, ...args], { signal });
    if (ended.code !== 0) return refused(directory, ended.tail);
  }
  const am = ['am', '-q', '--3way', '--keep', '--keep-cr', '--whitespace=nowarn'];
  const put =
    mails.length === 0
      ? undefined
      : await git([...own, ...am], { signal, stdin: Buffer.concat(mails) });
  const count = await git([...own, 'rev-list', '--count', `${BASE}..HEAD`]);
  const commits = Number(text(count));
  return ok(
    put === undefined || put.code === 0
      ? { commits }
      : { commits, stopped: put.tail.filter((line) => !line.startsWith('hint:')).join('\n') },
  );
};

/** Fails with `usage` where a checkout has a commit that is none of the files of its series. */
const losesNothing = async (
  context: Context,
  source: Source,
  series: Series,
  directory: string,
): Promise<Result<void>> => {
  const settled = await isSettled(directory);
  if (!settled.ok) return settled;
  const known = await changesBefore(context, source, series);
  if (!known.ok) return known;
  const kept = new Set(known.value?.map(({ change }) => change));
  const own = ['-C', directory];
  const branch = `refs/heads/${series.name}`;
  const there = (await git([...own, 'rev-parse', '-q', '--verify', branch])).code === 0;
  const tips = ['HEAD', ...(there ? [branch] : [])];
  const commits = text(await git([...own, 'rev-list', ...tips, `^${BASE}`])).split('\n');
  for (const commit of commits.filter((one) => one !== '')) {
    const { change, title } = await changeOf(directory, commit);
    if (!kept.has(change))
      return fail(
        'usage',
        `the files of ${series.name} have no ${commit.slice(0, 12)} (${title})`,
        {
          where: directory,
          remedy: `kbt series export ${series.name}, or give another directory`,
        },
      );
  }
  return ok(undefined);
};

/** Names of whole blobs let git am find what a patch was made from. */
const mailOf = async (repository: string, commit: string): Promise<Buffer> => {
  const as = ['format-patch', '--stdout', '-1', '--keep-subject', '--full-index', '--binary'];
  return (await git(['--git-dir', repository, ...as, commit])).stdout;
};

/**
 * Gives a checkout the objects of a source: as further names of the cache's files, or by git
 * where they lie in a repository that is not ours.
 */
const bring = async (
  { signal }: Context,
  { repository, commit }: Source,
  directory: string,
): Promise<Result<void>> => {
  const objects = join(repository, 'objects');
  const own = join(directory, '.git', 'objects');
  const copy = ['--archive', '--force', '--no-target-directory', objects, own] as const;
  if (existsSync(join(objects, 'info', 'alternates'))) {
    const fetch = ['-C', directory, 'fetch', '-q', '--no-tags', '--depth', '1', repository, commit];
    const got = await git(fetch, { signal });
    return got.code === 0 ? ok(undefined) : refused(directory, got.tail);
  }
  let ended = await run({ argv: ['cp', '--link', ...copy], signal });
  // Of another file system a file has no further name here.
  if (ended.code !== 0) ended = await run({ argv: ['cp', ...copy], signal });
  return ended.code === 0 ? ok(undefined) : refused(directory, ended.tail);
};

const refused = (where: string, tail: readonly string[]) =>
  fail('environment', 'cannot put the branch on the other source', {
    where,
    detail: tail.slice(-5).join('\n'),
  });
