// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import type { Source } from '../../source/source.ts';
import { applySeries } from '../apply/apply.ts';
import { patchOf, type Patch } from '../patch/patch.ts';
import type { Series } from '../series.ts';

/** A file of a series as it is to be. */
export interface PatchFile {
  readonly bytes: Buffer;
  /** The N of `patch -pN`. */
  readonly strip: number;
}

/** By name, in the order of the series. */
export type Files = ReadonlyMap<string, PatchFile>;

/** A series, and the directory of its checkout. */
export interface Pair {
  readonly series: Series;
  readonly directory: string;
}

/** Of several ways to write the files of a series the first whose patches make the tree of its checkout. */
export const firstThatMakes = async (
  context: Context,
  source: Source,
  pair: Pair,
  ways: readonly (() => Promise<Files>)[],
): Promise<Files | undefined> => {
  for (const way of ways) {
    const files = await way();
    if (await makes(context, source, pair, files)) return files;
  }
  return undefined;
};

/** Whether patches make of the source the tree that the checkout has. */
const makes = async (
  context: Context,
  source: Source,
  { series, directory }: Pair,
  files: Files,
): Promise<boolean> => {
  const patches: Patch[] = [];
  for (const [name, { bytes, strip }] of files) {
    const patch = await patchOf(name, join(series.directory, name), bytes, strip);
    if (!patch) return false;
    patches.push(patch);
  }
  const applied = await applySeries(context, source, [{ ...series, patches }]);
  if (!applied.ok) return false;
  const { repository, commit } = applied.value;
  const [made, wanted] = await Promise.all([
    git(['-C', repository, 'rev-parse', `${commit}^{tree}`]),
    git(['-C', directory, 'rev-parse', 'HEAD^{tree}']),
  ]);
  return text(made) === text(wanted);
};
