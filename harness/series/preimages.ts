// SPDX-License-Identifier: MIT
import { git, text } from '../base/git.ts';
import { borrows, writing } from '../source/borrowed.ts';

interface Options {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Where a repository borrows: copies the files that a patch changes, as the index
 * has them, to the store that it writes to, which holds nothing else. `git apply`
 * then finds what it reads there, and nothing that it writes anywhere else.
 */
export const lendPreimages = async (
  repository: string,
  patch: string,
  options: Options,
): Promise<void> => {
  if (!borrows(repository)) return;
  const at = ['--git-dir', repository];
  const literal = { ...options, env: { ...options.env, GIT_LITERAL_PATHSPECS: '1' } };
  const written = { ...options, env: { ...options.env, ...writing(repository) } };
  const listed = await git([...at, 'ls-files', '-s', '-z', '--', ...changedIn(patch)], literal);
  for (const [, oid = ''] of text(listed).matchAll(/\d+ ([0-9a-f]{40,}) \d\t[^\0]*\0/g)) {
    const blob = await git([...at, 'cat-file', 'blob', oid], options);
    if (blob.code === 0)
      await git([...at, 'hash-object', '-w', '--stdin'], { ...written, stdin: blob.stdout });
  }
};

/** Every file that must be there for a patch to apply, as git format-patch names it. */
const changedIn = (patch: string): readonly string[] => {
  const names = [
    ...patch.matchAll(/^(?:--- a\/|rename from |copy from )(.+?)\t?\r?$/gm),
    // A change of mode or of a binary file names it here alone.
    ...patch.matchAll(/^diff --git a\/(.+) b\/\1$/gm),
  ].map(([, name = '']) => name);
  return [...new Set(names), NOTHING];
};

/** A list without a name would stand for all files. */
const NOTHING = ':';
