// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';

/** What kbuild knows of an object (scripts/basic/fixdep.c). Files are relative to the tree. */
export interface Command {
  readonly source: string;
  /** The command line, with what make does to the object behind the compiler. */
  readonly line: string;
  readonly files: readonly string[];
  /** Without CONFIG_. */
  readonly options: readonly string[];
}

/** The tree that a build directory is of. */
export const treeOf = (build: string): string => resolve(build, '..', 'linux');

/** What was read of a build; a walk over many kernels looks into few. */
const known = new Map<string, Promise<readonly Command[]>>();

/** What kbuild knows of all objects of a build, by their .cmd files. */
export const commandsOf = (build: string): Promise<readonly Command[]> => {
  const commands = known.get(build) ?? readCommands(build);
  known.set(build, commands);
  commands.catch(() => known.delete(build));
  return commands;
};

const NAMES = /^ +(?:\$\(wildcard include\/config\/(\w+)\)|(\S+)) ?\\?$/gm;

const readCommands = async (build: string): Promise<readonly Command[]> => {
  const tree = treeOf(build);
  // A thousand objects name the same headers.
  const paths = new Map<string, string>();
  const inTree = (path: string): string => {
    const found = paths.get(path) ?? relative(tree, resolve(build, path));
    paths.set(path, found);
    return found;
  };
  const entries = await readdir(build, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /^\..*\.o\.cmd$/.test(entry.name));
  const commands: Command[] = [];
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name), 'utf8');
    const [, source] = /^source_\S+ := (\S+)$/m.exec(text) ?? [];
    // What a build began as a copy of may have had more.
    if (source === undefined || !existsSync(resolve(build, source))) continue;
    const [, line = ''] = /^(?:saved)?cmd_\S+ := (.*)$/m.exec(text) ?? [];
    const names = [...text.matchAll(NAMES)];
    commands.push({
      source: inTree(source),
      line,
      options: names.flatMap(([, option]) => option ?? []),
      files: names.flatMap(([, , path]) => (path === undefined ? [] : [inTree(path)])),
    });
  }
  return commands;
};
