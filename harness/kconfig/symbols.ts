// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { git, text } from '../base/process/git.ts';

/** A commit of a repository. */
interface Commit {
  readonly repository: string;
  readonly commit: string;
}

/** All symbols that the Kconfig files of a commit have, `CONFIG_NET`; of all architectures. */
export const symbolsOf = async ({ repository, commit }: Commit): Promise<ReadonlySet<string>> => {
  const pattern = '^[[:space:]]*(menu)?config [A-Za-z0-9_]+[[:space:]]*$';
  const at = ['--git-dir', repository];
  const found = await git([...at, 'grep', '-hE', pattern, commit, '--', KCONFIG]);
  const lines = found.stdout.toString().matchAll(/config (\w+)/g);
  return new Set([...lines].map(([, name = '']) => `CONFIG_${name}`));
};

const KCONFIG = '*Kconfig*';

const REMEMBERED = z.object({ commit: z.string(), symbols: z.array(z.string()) });

/**
 * The same, remembered in a file from one commit to the next: they are looked for in all of
 * the tree only where a Kconfig file differs.
 */
export const symbolsSince = async (commit: Commit, file: string): Promise<ReadonlySet<string>> => {
  const before = await remembered(file);
  if (before && (await isSame(commit, before.commit))) return new Set(before.symbols);
  const symbols = await symbolsOf(commit);
  await writeFile(file, JSON.stringify({ commit: commit.commit, symbols: [...symbols] }));
  return symbols;
};

const remembered = async (file: string): Promise<z.infer<typeof REMEMBERED> | undefined> => {
  try {
    return REMEMBERED.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

const isSame = async ({ repository, commit }: Commit, before: string): Promise<boolean> => {
  if (commit === before) return true;
  const range = ['--name-only', before, commit, '--', KCONFIG];
  const differ = await git(['--git-dir', repository, 'diff', ...range]);
  return differ.code === 0 && text(differ) === '';
};
