// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { parseConfig } from '../../kconfig/fragment.ts';
import type { Kernel } from '../kernel.ts';

/** As CFLAGS_GCOV of the kernel's Makefile has them for a GCC that is not old. */
const FLAGS = [
  '-fprofile-arcs',
  '-ftest-coverage',
  '-fno-tree-loop-im',
  '-fprofile-update=prefer-atomic',
].join(' ');

/** Where a kernel in the store keeps the notes of gcov's and the sources that they speak of. */
const NOTES = 'gcov';

/** What is compiled out of a C file. */
const compiled = (file: string, extension: 'o' | 'gcno'): string =>
  file.replace(/\.c$/, `.${extension}`);

/**
 * For make's command line: of all files that GCOV_PROFILE_ALL would have counted only
 * these C files are. What the kernel's Makefiles take out stays out (GCOV_PROFILE := n).
 */
export const gcovVariable = (files: readonly string[]): string => {
  const objects = files.map((file) => compiled(file, 'o')).join(' ');
  return `CFLAGS_GCOV=$(if $(filter ${objects},$(obj)/$(target-stem).o),${FLAGS})`;
};

/** Copies the notes of those files that were compiled into a store entry. */
export const copyNotes = async (
  build: string,
  entry: string,
  files: readonly string[],
): Promise<void> => {
  for (const name of files.map((file) => compiled(file, 'gcno'))) {
    if (!existsSync(join(build, name))) continue;
    await mkdir(dirname(join(entry, NOTES, name)), { recursive: true });
    await copyFile(join(build, name), join(entry, NOTES, name));
  }
};

/** The file with a C file's notes; undefined where there is none. */
export const notesOf = (kernel: Kernel, file: string): string | undefined => {
  const notes = join(kernel.directory, NOTES, compiled(file, 'gcno'));
  return existsSync(notes) ? notes : undefined;
};

/** Why a file has no notes, by the Makefile beside it (in the text of it) and the options. */
export const whyUncounted = async (
  kernel: Kernel,
  file: string,
  makefile: string,
): Promise<string> => {
  const object = posix.basename(compiled(file, 'o'));
  const config = parseConfig(await readFile(join(kernel.directory, 'config'), 'utf8'));
  const line = makefile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .find((text) => text.split(/\s+/).includes(object));
  const option = line && /\$\((CONFIG_\w+)\)/.exec(line)?.[1];
  if (option === undefined)
    return 'it is not compiled by itself, or its Makefile has it not counted';
  const value = config.get(option) ?? 'n';
  if (value === 'm') return `it is built as a module: set ${option}=y to count it`;
  return value === 'y'
    ? 'its Makefile has it not counted (GCOV_PROFILE := n), or a directory above is not built'
    : `${option} is not set`;
};
