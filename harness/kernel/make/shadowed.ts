// SPDX-License-Identifier: MIT
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { digest } from '../../base/fingerprint.ts';
import { git } from '../../base/process/git.ts';
import type { Tree } from '../../series/tree.ts';
import { filesThatSay } from './files-that-say.ts';

/*
 * A header that is added can stand before another one of its name in the search for it:
 * include/linux/x.h before include/uapi/linux/x.h. Neither kbuild nor ccache notices, as
 * both look only at what the object was compiled from the last time ("The direct mode fails
 * to pick up new header files in some rare scenarios", ccache(1)).
 */

const HEADER = /\.(?:h|inc)$/;

const namesIn = (list: Buffer): readonly string[] =>
  list
    .toString()
    .split('\0')
    .filter((name) => HEADER.test(name));

/** The headers that a tree has and its base has not. */
export const headersAdded = async ({
  repository,
  base,
  commit,
}: Tree): Promise<readonly string[]> => {
  const range = ['--name-only', '--no-renames', '--diff-filter=A', '-z', base, commit];
  return namesIn((await git(['--git-dir', repository, 'diff', ...range])).stdout);
};

/**
 * Digest over the headers of a tree's base whose names are not unique: objects are never
 * shared between bases in which another header may be found under a name.
 */
export const headersOfBase = async ({ repository, base }: Tree): Promise<string> => {
  const at = ['--git-dir', repository];
  const names = namesIn((await git([...at, 'ls-tree', '-r', '--name-only', '-z', base])).stdout);
  const count = new Map<string, number>();
  for (const name of names) count.set(basename(name), (count.get(basename(name)) ?? 0) + 1);
  return digest(names.filter((name) => (count.get(basename(name)) ?? 0) > 1).join('\n'));
};

/** What kbuild writes down of an object, with directories relative to the tree or the build. */
interface Compiled {
  /** Files that it was compiled from. */
  readonly from: ReadonlySet<string>;
  /** Where an include may have been looked for. */
  readonly searched: ReadonlySet<string>;
}

/** Reads a `.NAME.o.cmd` (scripts/basic/fixdep.c). */
const parseCommand = (text: string, tree: string, build: string): Compiled => {
  const prefixes = [`${tree}/`, `${relative(build, tree)}/`, './'];
  const plain = (path: string): string => {
    const prefix = prefixes.find((each) => path.startsWith(each));
    return prefix === undefined ? path : path.slice(prefix.length);
  };
  const from = [...text.matchAll(/^\s+([^\s$]\S*)(?: \\)?$|^source_\S+ := (\S+)$/gm)];
  const files = from.map(([, dependency, source = '']) => plain(dependency ?? source));
  const given = [...text.matchAll(/ -I\s*(\S+)/g)].map(([, directory = '']) => plain(directory));
  return { from: new Set(files), searched: new Set([...files.map(dirname), ...given]) };
};

/** Where the compiler of host programs looks by itself. */
const OF_THE_SYSTEM = /^\/.*\/include(?:\/[\w-]+-linux-gnu)?$/;

/** Whether an include that led to some file could lead to `header`, had that been there. */
const isShadowedBy = (header: string, { from, searched }: Compiled): boolean => {
  if (from.has(header)) return false;
  const parts = header.split('/');
  const isSearched = (directory: string): boolean =>
    searched.has(directory) || OF_THE_SYSTEM.test(directory);
  return [...from].some((file) =>
    parts.some((_, index) => {
      // What may stand in the include: the end of both names.
      const name = parts.slice(index).join('/');
      if (file !== name && !file.endsWith(`/${name}`)) return false;
      const found = file.slice(0, -name.length - 1) || '.';
      return isSearched(found) && searched.has(parts.slice(0, index).join('/') || '.');
    }),
  );
};

/** The files of a tree that ask whether a header is there; undefined where nobody can tell. */
export const filesAsking = async (tree: Tree): Promise<ReadonlySet<string> | undefined> => {
  const names = ['*.c', '*.h', '*.inc', '*.S'];
  const memory = `${tree.directory}.has-include.json`;
  const found = await filesThatSay(tree, { word: '__has_include', names, memory });
  return found && new Set(found);
};

/** Headers that were not there when objects were compiled. */
interface Added {
  readonly headers: readonly string[];
  /** See {@link filesAsking}. */
  readonly asking: ReadonlySet<string> | undefined;
  /** Milliseconds since 1970: objects that were made before have been looked at. */
  readonly since: number;
}

/**
 * Takes away what was compiled without one of these headers, though its search may find it, or it
 * asks whether a header is there. Gives how many.
 */
export const removeShadowed = async (
  tree: Pick<Tree, 'directory'>,
  build: string,
  { headers, asking, since }: Added,
): Promise<number> => {
  if (headers.length === 0) return 0;
  const files = await commandFiles(build);
  const asks = ({ from }: Compiled): boolean =>
    !asking || [...from].some((file) => asking.has(file));
  const stale = await Promise.all(
    files.map(async (file) => {
      if ((await stat(file)).mtimeMs < since) return 0;
      const compiled = parseCommand(await readFile(file, 'utf8'), tree.directory, build);
      if (!asks(compiled) && !headers.some((header) => isShadowedBy(header, compiled))) return 0;
      const made = basename(file).replace(/^\.(.*)\.cmd$/, '$1');
      await rm(resolve(dirname(file), made), { force: true });
      return 1;
    }),
  );
  return stale.filter((one) => one > 0).length;
};

/** All `.cmd` files below a directory. The link to the source is not followed: nothing is built there. */
const commandFiles = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return commandFiles(path);
      return entry.name.endsWith('.cmd') ? [path] : [];
    }),
  );
  return found.flat();
};
