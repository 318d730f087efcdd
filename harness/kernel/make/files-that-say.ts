// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { git } from '../../base/process/git.ts';

/** A word, and where it is looked for. */
export interface Wanted {
  readonly word: string;
  /** Patterns of git's for names: `*.h`. */
  readonly names: readonly string[];
  /** A file that remembers what was found, so that in the next commit only what changed is read. */
  readonly memory: string;
}

const REMEMBERED = z.object({ commit: z.string(), files: z.array(z.string()) });
type Remembered = z.infer<typeof REMEMBERED>;

/** The files of a commit that hold a word; undefined where nobody can tell. */
export const filesThatSay = async (
  { repository, commit }: { readonly repository: string; readonly commit: string },
  { word, names, memory }: Wanted,
): Promise<readonly string[] | undefined> => {
  const at = ['--git-dir', repository];
  const before = await remembered(memory);
  if (before?.commit === commit) return before.files;
  const range = before ? ['--name-only', '--no-renames', '-z', before.commit, commit] : [];
  const diff = before && (await git([...at, 'diff', ...range, '--', ...names]));
  const differ = diff?.code === 0 ? namesIn(diff.stdout) : undefined;
  // More names than that do not fit into a command line.
  const changed = differ && differ.length <= 1000 ? differ : undefined;
  const known = changed && before;
  const paths = changed?.map((name) => `:(literal)${name}`) ?? names;
  const found =
    paths.length > 0
      ? await git([...at, 'grep', '-lzF', '-e', word, commit, '--', ...paths])
      : undefined;
  // 1: there is none (git-grep(1)); else it could not look.
  if (found && found.code !== 0 && found.code !== 1) return undefined;
  const files = [
    ...(known?.files ?? []).filter((name) => changed?.includes(name) === false),
    ...(found ? namesIn(found.stdout).map((name) => name.slice(commit.length + 1)) : []),
  ];
  await writeFile(memory, JSON.stringify({ commit, files }));
  return files;
};

const namesIn = (list: Buffer): readonly string[] =>
  list
    .toString()
    .split('\0')
    .filter((name) => name !== '');

const remembered = async (file: string): Promise<Remembered | undefined> => {
  try {
    return REMEMBERED.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};
