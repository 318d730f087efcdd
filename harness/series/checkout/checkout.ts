// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Context } from '../../base/context.ts';
import { git } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import { applySeries } from '../apply/apply.ts';
import { roomForCheckout } from '../room.ts';
import type { Series } from '../series.ts';
import { seeNewFiles } from './ignored.ts';
import { remember } from './remembered.ts';

/** The commit below the first patch, in a checkout. */
export const BASE = 'refs/tags/kbt-base';

/** Where a checkout is made. */
export interface Place {
  readonly directory: string;
  /** The patterns of its files; all without them. */
  readonly sparse?: readonly string[];
}

/**
 * Lays a series out in a clone of its own, on a branch of its name with one commit a patch. Its
 * objects are further names of the cache's files, or copies on another file system: it stays
 * whole whatever becomes of the cache. Fails with `unbuildable` where a patch does not apply,
 * `usage` where there is something in the directory, or `environment`.
 */
export const checkOutSeries = async (
  context: Context,
  source: Source,
  series: Series,
  { directory, sparse }: Place,
): Promise<Result<void>> => {
  if (existsSync(directory))
    return fail('usage', `${directory} is there already`, {
      where: directory,
      remedy: 'give another directory, or remove it',
    });
  const applied = await applySeries(context, source, [series]);
  if (!applied.ok) return applied;
  const { repository, commit } = applied.value;
  const room = await roomForCheckout(context, repository, commit, directory);
  if (!room.ok) return room;
  const { signal } = context;
  const own = ['-C', directory];
  const branch = `refs/heads/${series.name}`;
  const steps: readonly (readonly string[])[] = [
    ['clone', '-q', '--local', '--no-checkout', '--no-tags', repository, directory],
    [...own, 'remote', 'remove', 'origin'],
    ...(sparse ? [[...own, 'sparse-checkout', 'set', '--no-cone', '--stdin']] : []),
    [...own, 'update-ref', BASE, source.commit],
    [...own, 'update-ref', branch, commit],
    [...own, 'symbolic-ref', 'HEAD', branch],
    [...own, '-c', 'checkout.workers=0', 'reset', '-q', '--hard', commit],
  ];
  for (const args of steps) {
    const stdin = args.includes('--stdin') ? { stdin: `${sparse?.join('\n') ?? ''}\n` } : {};
    const ended = await git(args, { signal, ...stdin });
    if (ended.code === 0) continue;
    await rm(directory, { recursive: true, force: true });
    return fail('environment', 'cannot lay the series out', {
      where: directory,
      detail: ended.tail.slice(-5).join('\n'),
    });
  }
  await seeNewFiles(directory);
  await remember(context, series, { directory, commit });
  return ok(undefined);
};
