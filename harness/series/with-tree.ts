// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { withLock } from '../base/cache/lock.ts';
import { ok, type Result } from '../base/result.ts';
import { markUsed } from '../base/cache/runs.ts';
import type { Source } from '../source/source.ts';
import { applySeries } from './apply/apply.ts';
import type { Series } from './series.ts';
import { checkOut, treeKey, type Tree } from './tree.ts';

/** Where the tree of these series and its builds lie; they outlive the run. */
export const treeHome = (context: Context, source: Source, all: readonly Series[]): string =>
  join(context.cache, 'trees', treeKey(source, all));

/**
 * Applies series, lays the tree out and works in it. One lock for the tree and
 * its builds: a checkout must not run under a make.
 */
export const withTree = <T>(
  context: Context,
  source: Source,
  all: readonly Series[],
  work: (tree: Tree, home: string) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const home = treeHome(context, source, all);
  return withLock(context, join(home, 'lock'), async () => {
    await markUsed(home);
    const tree = await step(context, 'tree', 'tree', () =>
      withLock(context, join(context.cache, 'source', 'lock'), async () => {
        const applied = await applySeries(context, source, all);
        if (!applied.ok) return applied;
        const tree = await checkOut(context, { home, source, applied: applied.value });
        if (!tree.ok) return tree;
        const count = all.flatMap((series) => series.patches).length;
        const note = `${count} patch${count === 1 ? '' : 'es'} applied`;
        return ok({ value: tree.value, cached: applied.value.cached, note });
      }),
    );
    return tree.ok ? work(tree.value, home) : tree;
  });
};
