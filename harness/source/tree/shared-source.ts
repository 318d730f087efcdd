// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { setAlternate } from './alternates.ts';
import type { Pin } from '../pin.ts';
import type { Source } from '../source.ts';
import { cachedSource, SOURCE_FILE } from '../stored.ts';

/**
 * The pinned source out of the cache that another user shares: a repository of our own
 * with that one as its alternate, because patches are applied in it. Under the lock of the
 * sources. undefined where nobody shares it; fails with `environment`.
 */
export const sharedSource = async (
  { shared, signal, emit }: Context,
  store: string,
  pin: Pin,
): Promise<Result<Source> | undefined> => {
  if (shared === undefined) return undefined;
  const theirs = await cachedSource(join(shared, 'source'), pin);
  if (!theirs) {
    const text = `${shared}, which is shared, has no Linux ${pin.version} that can be read`;
    emit({ type: 'warning', text });
    return undefined;
  }
  const home = join(store, theirs.digest);
  const repository = join(home, 'linux.git');
  // What is left there lost its alternate, or is half of something.
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  const set = await setAlternate(repository, {
    objects: join(theirs.repository, 'objects'),
    shallow: join(theirs.repository, 'shallow'),
    ignored: await readFile(join(theirs.repository, 'info', 'exclude'), 'utf8').catch(() => ''),
  });
  if (!set.ok) return set;
  const pointed = await git(
    ['--git-dir', repository, 'update-ref', 'refs/heads/source', theirs.commit],
    { signal },
  );
  if (pointed.code !== 0)
    return fail('environment', 'cannot read the source that is shared', {
      where: theirs.repository,
      detail: pointed.tail.join('\n'),
    });
  // Written last: without it the entry is none.
  await writeFile(join(home, SOURCE_FILE), JSON.stringify(theirs, null, 2));
  return ok({ ...theirs, repository });
};
