// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../../base/cache/lock.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok } from '../../base/result.ts';
import type { Fragments } from '../../kconfig/configure.ts';
import { objectsToCompile, type BuiltOf } from '../objects/to-compile.ts';
import type { Tree } from '../../series/tree.ts';
import { keyOf, readState, touch, writeState, type BuildState } from './build-state.ts';

/*
 * A build directory of another configuration, or of other series on the same source, is most of
 * the next one: kbuild knows by its .cmd files which options, headers and commands each object
 * was made of (scripts/basic/fixdep.c), and compiles only what differs.
 */

/** How the name of a copy ends that is not whole yet. */
const SCRATCH = '.seed';

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
}

/**
 * Lets a build directory that is not there begin as a copy of the one that is nearest, of all
 * that are of the same base; where there is none, or it is in use, nothing is
 * done. Under the lock of the tree. Gives whether there is a copy.
 */
export const seedBuild = async (
  context: Context,
  tree: Tree,
  { directory, fragments, programs }: Wanted,
): Promise<boolean> => {
  if (existsSync(directory)) {
    if ((await readState(directory)).programs === programs) return false;
    // What another compiler left is of no use to this one.
    await rm(directory, { recursive: true, force: true });
  }
  const home = dirname(directory);
  const busy = fail('environment', 'in use');
  for (const { directory: from } of await buildsToCopy(tree, { directory, fragments, programs })) {
    const copy = async () => ok(await copyBuild(context, tree, from, directory));
    const other = dirname(from);
    const copied =
      other === home ? await copy() : await withLock(context, join(other, 'lock'), copy, { busy });
    if (copied.ok && copied.value) return true;
  }
  return false;
};

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
  const built = await buildsOf(dirname(dirname(directory)), tree, programs);
  const ranked = nearestFirst(keyOf(fragments), built);
  const [near, far] = [ranked.slice(0, COUNTED), ranked.slice(COUNTED)];
  const wanted = { applied: tree, fragments };
  const counted = await Promise.all(
    near.map(async (one) => {
      // Another run may take it away while it is looked through.
      const objects = await objectsToCompile(one, wanted).catch(() => undefined);
      return { one, compiled: objects?.compiled ?? Number.MAX_SAFE_INTEGER };
    }),
  );
  const nearest = counted.sort((a, b) => a.compiled - b.compiled).map(({ one }) => one);
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

const copyBuild = async (
  context: Context,
  tree: Tree,
  from: string,
  to: string,
): Promise<boolean> => {
  // Read again under its lock.
  const state = await readState(from);
  if (state.base?.commit !== tree.base || state.status !== 'made') return false;
  const own = join(dirname(from), 'linux');
  const changed = own === tree.directory ? [] : await notShared(context, own, tree.directory);
  if (changed === undefined) return false;
  const scratch = `${to}${SCRATCH}`;
  await rm(scratch, { recursive: true, force: true });
  const { signal } = context;
  const copied = await run({ argv: ['cp', '--archive', '-T', from, scratch], signal });
  if (copied.code !== 0) {
    await rm(scratch, { recursive: true, force: true });
    return false;
  }
  await renameIn(scratch, [
    [from, to],
    [own, tree.directory],
  ]);
  // Make compares times. A file of the source that is the same in both trees gets the time that it
  // has there, so that make keeps what it would keep there; any other one is newer than all objects.
  await touch(tree, changed, (file) =>
    tree.touched.has(file)
      ? Promise.resolve(undefined)
      : timeOfSame(join(own, file), join(tree.directory, file)),
  );
  // .config is made anew, of this tree's Kconfig files.
  await writeState(scratch, { ...state, fragments: undefined, commit: undefined, steps: 0 });
  await rename(scratch, to);
  return true;
};

/**
 * The files of a tree that are not further names of the same files of another one; undefined
 * where these are too many for a copy to be of use, because the trees have other templates.
 */
const notShared = async (
  context: Context,
  other: string,
  tree: string,
): Promise<readonly string[] | undefined> => {
  const [others, own] = await Promise.all([inodesOf(context, other), inodesOf(context, tree)]);
  if (!others || !own) return undefined;
  const changed = [...own].flatMap(([file, inode]) => (others.get(file) === inode ? [] : [file]));
  return changed.length * 4 <= own.size ? changed : undefined;
};

/** When a file was changed the last time, where it holds what another one does. */
const timeOfSame = async (file: string, other: string): Promise<Date | undefined> => {
  const texts = await Promise.all(
    [file, other].map((each) => readFile(each).catch(() => undefined)),
  );
  const [text, others] = texts;
  if (text === undefined || others === undefined || !text.equals(others)) return undefined;
  return (await stat(file)).mtime;
};

/** Device and inode of each file below a directory; undefined where it cannot be looked through. */
const inodesOf = async (
  { signal }: Context,
  directory: string,
): Promise<ReadonlyMap<string, string> | undefined> => {
  const argv = ['find', directory, '-type', 'f', '-printf', '%D:%i %P\\0'] as const;
  const found = await run({ argv, capture: true, signal });
  if (found.code !== 0) return undefined;
  const lines = found.stdout.toString().split('\0').slice(0, -1);
  return new Map(
    lines.map((line) => {
      const end = line.indexOf(' ');
      return [line.slice(end + 1), line.slice(0, end)] as const;
    }),
  );
};

/** What holds names of directories: the commands by which make tells whether to compile anew. */
const NAMES_DIRECTORIES = /(?:\.cmd|\.d|^Makefile)$/;

/** Puts names of directories in the place of others, in all files of a build that make reads. */
const renameIn = async (
  directory: string,
  names: readonly (readonly [from: string, to: string])[],
): Promise<void> => {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile() && NAMES_DIRECTORIES.test(entry.name))
      .map(async ({ parentPath, name }) => {
        const file = join(parentPath, name);
        const text = await readFile(file, 'utf8');
        const renamed = names.reduce((said, [from, to]) => said.replaceAll(from, to), text);
        if (renamed !== text) await writeFile(file, renamed);
      }),
  );
};
