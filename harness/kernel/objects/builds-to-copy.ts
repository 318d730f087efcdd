// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fragments } from '../../kconfig/configure.ts';
import type { Tree } from '../../series/tree.ts';
import { keyOf, readState, type BuildState } from '../make/build-state.ts';
import { objectsToCompile, type BuiltOf } from './to-compile.ts';

/** How the name of a copy ends that is not whole yet. */
export const SCRATCH = '.seed';

/** A build directory that there may not be yet, and of what it will be. */
export interface Wanted {
  readonly directory: string;
  readonly fragments: Fragments;
  /** Of the toolchain. */
  readonly programs: string;
}

/** A build directory of a kernel, and what it remembers. */
export interface Built {
  readonly directory: string;
  readonly state: BuildState;
  /** How many objects make would compile for what is wanted, where they were counted. */
  readonly compiled?: number;
}

/**
 * Whether make would compile much more in a build of other options than in a copy of another build.
 * Who edits a series, and no option, never waits for the answer.
 */
export const isFar = async (
  applied: BuiltOf['applied'],
  wanted: Wanted,
  state: BuildState,
): Promise<boolean> => {
  const { directory, fragments } = wanted;
  if (state.fragments === undefined || state.fragments === keyOf(fragments)) return false;
  const own = await objectsToCompile({ directory, state }, { applied, fragments }).catch(
    () => undefined,
  );
  const [nearest] = await buildsToCopy(applied, wanted);
  return own && nearest?.compiled !== undefined
    ? isWorthCopying(nearest.compiled, own.compiled)
    : false;
};

/** To copy a build takes as long as to compile so many objects. */
const COPIED = 50;

/** Whether a copy with so many objects to compile is sooner than what is there. */
export const isWorthCopying = (copy: number, own: number): boolean => 2 * copy + COPIED < own;

/** Of so many that differ least in their options it is counted what make would compile. */
const COUNTED = 3;

/**
 * The builds of a tree's base that another one can begin as a copy of, the nearest first: one of
 * which make compiles least. A header that a series changes may weigh more than many options.
 */
export const buildsToCopy = async (
  tree: BuiltOf['applied'],
  { directory, fragments, programs }: Wanted,
): Promise<readonly Built[]> => {
  const all = await buildsOf(dirname(dirname(directory)), tree, programs);
  const built = all.filter((one) => one.directory !== directory);
  const ranked = nearestFirst(keyOf(fragments), built);
  const [near, far] = [ranked.slice(0, COUNTED), ranked.slice(COUNTED)];
  const wanted = { applied: tree, fragments };
  const counted = await Promise.all(
    near.map(async (one) => {
      // Another run may take it away while it is looked through.
      const objects = await objectsToCompile(one, wanted).catch(() => undefined);
      return { ...one, compiled: objects?.compiled ?? Number.MAX_SAFE_INTEGER };
    }),
  );
  const nearest = counted.sort((a, b) => a.compiled - b.compiled);
  return [...nearest, ...far];
};

/** The directories of kernels of a tree's base by the same compiler, whose last make came to an end. */
const buildsOf = async (
  trees: string,
  tree: Pick<Tree, 'base'>,
  programs: string,
): Promise<readonly Built[]> => {
  const homes = await readdir(trees, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    homes
      .filter((home) => home.isDirectory())
      .map(async ({ name: home }) => {
        const names = await readdir(join(trees, home), { withFileTypes: true }).catch(() => []);
        // A killed run may have left half of a copy.
        const builds = names.filter((one) => one.isDirectory() && !one.name.endsWith(SCRATCH));
        return Promise.all(
          builds.map(async ({ name }) => {
            const directory = join(trees, home, name);
            return { directory, state: await readState(directory) };
          }),
        );
      }),
  );
  const isFit = ({ directory, state }: Built): boolean =>
    state.base?.commit === tree.base &&
    state.programs === programs &&
    state.status === 'made' &&
    existsSync(join(directory, 'vmlinux'));
  return found.flat().filter(isFit);
};

/** Those of which the fragments are known, by the number of lines in which they differ from `wanted`. */
export const nearestFirst = <T extends { readonly state: Pick<BuildState, 'fragments'> }>(
  wanted: string,
  built: readonly T[],
): readonly T[] => {
  const lines = new Set(wanted.split('\n'));
  const ranked = built.flatMap((one) => {
    if (one.state.fragments === undefined) return [];
    const others = new Set(one.state.fragments.split('\n'));
    const common = [...others].filter((line) => lines.has(line)).length;
    return [{ one, differ: lines.size + others.size - 2 * common }];
  });
  return ranked.sort((a, b) => a.differ - b.differ).map(({ one }) => one);
};
