// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withLock } from '../../base/cache/lock.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok } from '../../base/result.ts';
import { buildsToCopy, isFar, SCRATCH, type Wanted } from '../objects/builds-to-copy.ts';
import type { Tree } from '../../series/tree.ts';
import { readState, touch, writeState } from './build-state.ts';

/*
 * A build directory of another configuration, or of other series on the same source, is most of
 * the next one: kbuild knows by its .cmd files which options, headers and commands each object
 * was made of (scripts/basic/fixdep.c), and compiles only what differs.
 */

/**
 * Lets a build directory that is not there, or is far from what is wanted, begin as a copy of the one
 * that is nearest, of all that are of the same base; where there is none, or it is in use, nothing is
 * done. Under the lock of the tree. Gives whether there is a copy.
 */
export const seedBuild = async (
  context: Context,
  tree: Tree,
  { directory, fragments, programs }: Wanted,
): Promise<boolean> => {
  const wanted = { directory, fragments, programs };
  if (existsSync(directory)) {
    const state = await readState(directory);
    if (state.programs === programs && !(await isFar(tree, wanted, state))) return false;
    // What another compiler left is of no use to this one.
    if (state.programs !== programs) await rm(directory, { recursive: true, force: true });
  }
  const home = dirname(directory);
  const busy = fail('environment', 'in use');
  for (const { directory: from } of await buildsToCopy(tree, wanted)) {
    const copy = async () => ok(await copyBuild(context, tree, from, directory));
    const other = dirname(from);
    const copied =
      other === home ? await copy() : await withLock(context, join(other, 'lock'), copy, { busy });
    if (copied.ok && copied.value) return true;
  }
  return false;
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
  await rm(to, { recursive: true, force: true });
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
