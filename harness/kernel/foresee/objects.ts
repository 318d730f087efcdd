// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { changedFiles, type Applied } from '../../series/apply/apply.ts';
import type { Fragments } from '../../kconfig/configure.ts';
import { keyOf, type BuildState } from '../make/build-state.ts';

/** Objects of a build, and how many of them make will compile. */
export interface Objects {
  readonly compiled: number;
  readonly of: number;
}

/** A build directory, and what it remembers. */
interface Built {
  readonly directory: string;
  readonly state: BuildState;
}

/** What a build is of, or will be. */
export interface BuiltOf {
  readonly applied: Pick<Applied, 'repository' | 'base' | 'commit'>;
  readonly fragments: Fragments;
}

/**
 * Counts the objects that a changed file or option reaches since the build, or since what would be
 * built `last` before it, by what kbuild knows of each
 * (scripts/basic/fixdep.c), and the new C files. An estimate: what other options bring, and what
 * a Makefile changes, only make knows.
 */
export const objectsToCompile = async (
  { directory, state }: Built,
  { applied: { repository, base, commit }, fragments }: BuiltOf,
  last?: BuiltOf,
): Promise<Objects> => {
  const before = last?.applied.commit ?? state.commit ?? state.base?.commit ?? base;
  const had = last ? keyOf(last.fragments) : (state.fragments ?? '');
  const files = new Set(await changedFiles(repository, before, commit));
  const options = new Set(optionsThatDiffer(had, keyOf(fragments)));
  const isTable = [...files].some((file) => file.endsWith('.tbl'));
  const commands = await commandsOf(directory);
  const compiled = commands.filter(
    (command) =>
      files.has(command.source) ||
      command.options.some((option) => options.has(option)) ||
      command.files.some((file) => files.has(file) || (isTable && NUMBERS.test(file))),
  ).length;
  const sources = new Set(commands.map(({ source }) => source));
  const added = [...files].filter((file) => file.endsWith('.c') && !sources.has(file));
  const inKernel = added.filter((file) => !/^(?:tools|samples|scripts)\//.test(file));
  return { compiled: compiled + inKernel.length, of: commands.length + inKernel.length };
};

/** The headers that are made of a table of system calls. */
const NUMBERS = /\/generated\/(?:uapi\/)?asm\/(?:unistd|syscalls)/;

/** The names, without CONFIG_, of options that two fragments do not set alike. */
const optionsThatDiffer = (one: string, other: string): readonly string[] => {
  const [lines, others] = [new Set(one.split('\n')), new Set(other.split('\n'))];
  const differ = [
    ...[...lines].filter((line) => !others.has(line)),
    ...[...others].filter((line) => !lines.has(line)),
  ];
  return differ.flatMap((line) => /CONFIG_(\w+)/.exec(line)?.[1] ?? []);
};

/** What was read of a build; a walk over many kernels looks into few. */
const known = new Map<string, Promise<readonly Command[]>>();

/** What kbuild knows of an object. */
interface Command {
  readonly source: string;
  readonly files: readonly string[];
  readonly options: readonly string[];
}

const commandsOf = (directory: string): Promise<readonly Command[]> => {
  const commands = known.get(directory) ?? readCommands(directory);
  known.set(directory, commands);
  return commands;
};

/** Reads them of all objects that were compiled. */
const readCommands = async (directory: string): Promise<readonly Command[]> => {
  const tree = resolve(directory, '..', 'linux');
  const inTree = (path: string): string => relative(tree, resolve(directory, path));
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /^\..*\.o\.cmd$/.test(entry.name));
  const commands: Command[] = [];
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name), 'utf8');
    const source = /^source_\S+ := (\S+)$/m.exec(text)?.[1];
    if (source === undefined) continue;
    const names = [...text.matchAll(/^ +(?:\$\(wildcard include\/config\/(\w+)\)|(\S+)) ?\\?$/gm)];
    commands.push({
      source: inTree(source),
      options: names.flatMap(([, option]) => option ?? []),
      files: names.flatMap(([, , path]) => (path === undefined ? [] : [inTree(path)])),
    });
  }
  return commands;
};
