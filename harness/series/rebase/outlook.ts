// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { acquireSource } from '../../source/acquire.ts';
import { newestPin } from '../../source/fetch/newest.ts';
import type { Pin } from '../../source/pin.ts';
import type { Source, SourceOptions } from '../../source/source.ts';
import { storedSources } from '../../source/stored.ts';
import { openUserTree, sourceAt } from '../../source/tree/user-tree.ts';
import { applySeries, type Applied } from '../apply/apply.ts';
import type { Series } from '../series.ts';
import { knownChanges } from './known-changes.ts';
import { standings, type KnownChanges, type Standing } from './standing.ts';

/** A series, and the source that it shall stand on. */
export interface Move {
  readonly series: Series;
  readonly pin: Pin;
  readonly to: Partial<SourceOptions> & {
    /** A git tree of the user's, at this revision; HEAD without it. */
    readonly tree?: string | undefined;
    readonly onto?: string | undefined;
    readonly newest: boolean;
  };
}

/** What a rebase is to be, as far as it is known before a checkout is touched. */
export interface Outlook {
  readonly series: Series;
  /** A source that the series applies to, and its commits there. */
  readonly from: { readonly source: Source; readonly applied: Applied };
  readonly to: Source;
  /** Of each patch. */
  readonly standings: readonly Standing[];
}

/**
 * Tells how the patches of a series stand to another source: a commit of a tree, a release, or
 * what is pinned now. Fails with `usage` for a source that there is not, with `unbuildable` for
 * a series that applies to no source that is here, or with `environment`.
 */
export const outlook = async (context: Context, move: Move): Promise<Result<Outlook>> => {
  const { series, pin } = move;
  const to = await targetOf(context, move);
  if (!to.ok) return to;
  const from = await standsOn(context, series, pin, to.value);
  if (!from.ok) return from;
  const range = { release: from.value.source.version, commit: to.value.commit };
  const known = await knownOf(context, move, range);
  const found = await standings(context, to.value, series, known);
  return found.ok ? ok({ series, from: from.value, to: to.value, standings: found.value }) : found;
};

const targetOf = async (
  context: Context,
  { pin, to: { tree: directory, onto = 'HEAD', given, newest, frozen = false } }: Move,
): Promise<Result<Source>> => {
  if (directory !== undefined) {
    const tree = await openUserTree(context, directory);
    return tree.ok ? sourceAt(context, tree.value, onto) : tree;
  }
  const moved = newest ? await newestPin(context, pin) : ok(pin);
  return moved.ok ? acquireSource(context, moved.value, { given, frozen }) : moved;
};

/** Of the sources that are here the one that the series was made for. Fails with `unbuildable`. */
const standsOn = async (
  context: Context,
  series: Series,
  pin: Pin,
  to: Source,
): Promise<Result<Outlook['from']>> => {
  const stored = await storedSources(join(context.cache, 'source'), pin);
  const others = stored.filter(({ commit }) => commit !== to.commit);
  const inOrder = [...others.filter((source) => !source.unpinned), ...others, to];
  for (const source of inOrder) {
    const applied = await applySeries(context, source, [series]);
    if (applied.ok) return ok({ source, applied: applied.value });
    if (applied.failure.kind !== 'unbuildable') return applied;
  }
  const versions = inOrder.map(({ version }) => version);
  return fail('unbuildable', `${series.name} applies to no source that is here`, {
    code: 'patch-rejected',
    where: series.directory,
    detail: `here are: ${[...new Set(versions)].join(', ')}`,
    remedy: 'bring the source that it was made for: kbt boot-test --source linux-VERSION.tar.xz',
  });
};

/** What is in the history of a tree already; nothing is known of a source without one. */
const knownOf = async (
  context: Context,
  { series, to: { tree: directory } }: Move,
  range: { readonly release: string; readonly commit: string },
): Promise<KnownChanges> => {
  const tree = directory === undefined ? undefined : await openUserTree(context, directory);
  if (!tree?.ok) return new Map();
  const known = await knownChanges(context, tree.value, range, series);
  if (!known)
    context.emit({
      type: 'warning',
      text: `${tree.value.directory} has no tag v${range.release}: its commits are not compared with the patches`,
    });
  return known ?? new Map();
};
