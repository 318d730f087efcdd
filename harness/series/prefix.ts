// SPDX-License-Identifier: MIT
import { fragmentsOf, type Fragments } from '../kconfig/configure.ts';
import type { Option } from '../kconfig/fragment.ts';
import type { Patch } from './patch/patch.ts';
import type { Series } from './series.ts';

/** What the prefix of no patch is called. */
export const WITHOUT = 'without the series';

/** A series up to a patch: how many patches are in, and the name of the last. */
export interface Prefix {
  readonly count: number;
  readonly name: string;
}

/** All prefixes of series that stack, from none of the patches to all. */
export const prefixesOf = (all: readonly Series[]): readonly Prefix[] =>
  [WITHOUT, ...all.flatMap(({ patches }) => patches.map(({ name }) => name))].map(
    (name, count) => ({ name, count }),
  );

/**
 * The first `count` patches of series that stack, each series under its own name
 * even where nothing of it is left: all prefixes share one tree.
 */
export const prefixOf = (all: readonly Series[], count: number): readonly Series[] => {
  let left = count;
  return all.map((series) => {
    const patches = series.patches.slice(0, left);
    left -= patches.length;
    return { ...series, patches };
  });
};

const LATER = 'a later patch of the series changes its entry';

/**
 * Of the options those whose symbols are there with some of the patches that may bring them.
 * One whose entry a patch changes that is not among them may be lost before that.
 */
export const fragmentsOfPatches = (
  options: readonly Option[],
  all: readonly Patch[],
  applied: readonly Patch[],
): Fragments => {
  const missing = new Set(all.flatMap(({ symbols }) => symbols));
  for (const { symbols } of applied) for (const symbol of symbols) missing.delete(symbol);
  const there = options.filter(({ name }) => !missing.has(name));
  const later = all.filter((patch) => !applied.includes(patch));
  const changed = new Set(later.flatMap(({ symbolsChanged }) => symbolsChanged));
  const lost = there.filter(({ name }) => changed.has(name)).map(({ name }) => [name, LATER]);
  const mayBeLost = Object.fromEntries(lost) as Readonly<Record<string, string>>;
  return { ...fragmentsOf(there), ...(lost.length > 0 ? { mayBeLost } : {}) };
};

/** Of the options those whose symbols exist once the first `count` patches are in. */
export const fragmentsAt = (
  options: readonly Option[],
  all: readonly Series[],
  count: number,
): Fragments => {
  const patches = all.flatMap((series) => series.patches);
  return fragmentsOfPatches(options, patches, patches.slice(0, count));
};
