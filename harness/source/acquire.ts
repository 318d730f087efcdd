// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { step, type Context, type StepValue } from '../base/context.ts';
import { withLock } from '../base/cache/lock.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { markUsed } from '../base/cache/runs.ts';
import { findSource } from './fetch/find.ts';
import { importFound } from './fetch/import-found.ts';
import type { Pin } from './pin.ts';
import type { Source, SourceOptions } from './source.ts';
import { sharedSource } from './tree/shared-source.ts';
import { cachedSource } from './stored.ts';
import { openUserTree, workingSource } from './tree/user-tree.ts';

/**
 * The source as a git repository: from the cache, from the user, from
 * kernel.org, from Debian, in this order. Fails with `environment`.
 */
export const acquireSource = (
  context: Context,
  pin: Pin,
  options: SourceOptions,
): Promise<Result<Source>> =>
  step<Source>(context, 'source', `source ${pin.version}`, async () => {
    const store = join(context.cache, 'source');
    if (options.given === undefined) {
      const cached = await cachedSource(store, pin);
      if (cached) {
        await markAsUsed(context, cached);
        return asCached(cached, pin, options);
      }
    }
    return withLock<StepValue<Source>>(context, join(store, 'lock'), async () => {
      // Another run may have brought it while this one waited.
      const cached = options.given === undefined ? await cachedSource(store, pin) : undefined;
      if (cached) return asCached(cached, pin, options);
      const shared =
        options.given === undefined ? await sharedSource(context, store, pin) : undefined;
      if (shared?.ok) return asCached(shared.value, pin, options);
      const found = await findSource(context, pin, store, options);
      if (!found.ok) return found;
      const source =
        found.value.kind === 'stored'
          ? ok(found.value.stored)
          : await importFound(context, pin, store, found.value.found);
      if (!source.ok) return source;
      const strict = checkFrozen(source.value, pin, options);
      if (!strict.ok) return strict;
      if (source.value.unpinned)
        context.emit({
          type: 'warning',
          text: `UNPINNED: Linux ${pin.version} is not to be had; this is ${source.value.version} from ${source.value.origin}`,
        });
      return ok({ value: source.value, cached: false, note: describe(source.value) });
    });
  });

/** A git tree of the user's as it stands. Fails as {@link openUserTree} and {@link workingSource} do. */
export const acquireTree = (context: Context, directory: string): Promise<Result<Source>> =>
  step<Source>(context, 'source', `source in ${directory}`, async () => {
    const tree = await openUserTree(context, directory);
    if (!tree.ok) return tree;
    const source = await workingSource(context, tree.value);
    if (!source.ok) return source;
    await markAsUsed(context, source.value);
    return ok({ value: source.value, cached: false, note: describe(source.value) });
  });

/** A source's entry of the cache is its repository, or the directory around that. */
const markAsUsed = ({ cache }: Context, { repository }: Source): Promise<void> => {
  const home = join(cache, 'source');
  return markUsed(join(home, relative(home, repository).split('/')[0] ?? ''));
};

const asCached = (source: Source, pin: Pin, options: SourceOptions): Result<StepValue<Source>> => {
  const strict = checkFrozen(source, pin, options);
  return strict.ok ? ok({ value: source, cached: true, note: describe(source) }) : strict;
};

/** For reports: 6.12.117 debian, and what is doubtful about it. */
export const describe = (source: Source): string =>
  source.tree === undefined
    ? [
        `Linux ${source.version}, ${source.flavour}`,
        ...(source.verified ? [] : ['unverified']),
        ...(source.unpinned ? ['unpinned'] : []),
      ].join(', ')
    : `Linux ${source.version}, tree ${source.tree}`;

const checkFrozen = (source: Source, pin: Pin, options: SourceOptions): Result<void> =>
  options.frozen && (source.unpinned || !source.verified)
    ? fail('environment', `--frozen: ${describe(source)} is not the pinned source ${pin.version}`, {
        code: 'source-unavailable',
        remedy: 'give the pinned tarball with --source, or move the pin: kbt pin --update',
      })
    : ok(undefined);
