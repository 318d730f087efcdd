// SPDX-License-Identifier: MIT
import { fragmentsOf, type Fragments } from '../kconfig/configure.ts';
import type { Option } from '../kconfig/fragment.ts';
import type { Patch, Series } from '../series/series.ts';

/** The first `count` patches of a series, as a series. */
export const prefixOf = (series: Series, count: number): Series => ({
  ...series,
  patches: series.patches.slice(0, count),
});

/** The Kconfig symbols that a patch adds. */
export const symbolsAdded = (patch: Patch): readonly string[] =>
  [...patch.data.toString().matchAll(/^\+(?:menu)?config (\w+)$/gm)].map(
    ([, name = '']) => `CONFIG_${name}`,
  );

/** Of the options those whose symbols exist once the first `count` patches are in. */
export const fragmentsAt = (
  options: readonly Option[],
  series: Series,
  count: number,
): Fragments => {
  const later = new Set(series.patches.slice(count).flatMap(symbolsAdded));
  for (const symbol of series.patches.slice(0, count).flatMap(symbolsAdded)) later.delete(symbol);
  return fragmentsOf(options.filter(({ name }) => !later.has(name)));
};

/** The files that a patch adds, by its own headers. */
export const filesAdded = (patch: Patch): readonly string[] =>
  [...patch.data.toString().matchAll(/^--- \/dev\/null\n\+\+\+ b\/(.+)$/gm)].map(
    ([, file = '']) => file,
  );

/** The files that a patch leaves behind, changed or new. */
export const filesTouched = (patch: Patch): readonly string[] =>
  [...patch.data.toString().matchAll(/^--- .+\n\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file);
