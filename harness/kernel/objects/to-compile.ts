// SPDX-License-Identifier: MIT
import { changedFiles, type Applied } from '../../series/apply/apply.ts';
import type { Fragments } from '../../kconfig/configure.ts';
import { keyOf, type BuildState } from '../make/build-state.ts';
import { commandsOf } from './commands.ts';

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
