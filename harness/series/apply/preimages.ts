// SPDX-License-Identifier: MIT
import { git, text } from '../../base/process/git.ts';
import { hasAlternates, writing } from '../../source/tree/alternates.ts';
import { filesChanged } from '../patch/contents.ts';

interface Options {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Where a repository has an alternate: copies the files that a patch changes, as the index
 * has them, to the store that it writes to, which holds nothing else. `git apply`
 * then finds what it reads there, and nothing that it writes anywhere else.
 */
export const copyPreimages = async (
  repository: string,
  patch: string,
  options: Options,
): Promise<void> => {
  if (!hasAlternates(repository)) return;
  const at = ['--git-dir', repository];
  const literal = { ...options, env: { ...options.env, GIT_LITERAL_PATHSPECS: '1' } };
  const listed = await git(
    [...at, 'ls-files', '-s', '-z', '--', ...filesChanged(patch), NOTHING],
    literal,
  );
  const found = [...text(listed).matchAll(/\d+ ([0-9a-f]{40,}) \d\t[^\0]*\0/g)];
  await copyBlobs(
    repository,
    found.map(([, oid = '']) => oid),
    options,
  );
};

/** The same for what a patch with whole names of its blobs was made from and of. */
export const copyBothImages = (
  repository: string,
  patch: string,
  options: Options,
): Promise<void> => {
  const named = [...patch.matchAll(/^index ([0-9a-f]{40,})\.\.([0-9a-f]{40,})/gm)];
  return copyBlobs(
    repository,
    named.flatMap(([, from = '', to = '']) => [from, to]),
    options,
  );
};

const copyBlobs = async (
  repository: string,
  oids: readonly string[],
  options: Options,
): Promise<void> => {
  if (!hasAlternates(repository)) return;
  const at = ['--git-dir', repository];
  const written = { ...options, env: { ...options.env, ...writing(repository) } };
  for (const oid of oids) {
    const blob = await git([...at, 'cat-file', 'blob', oid], options);
    // The name of no blob stands for a file that is not there.
    if (blob.code === 0)
      await git([...at, 'hash-object', '-w', '--stdin'], { ...written, stdin: blob.stdout });
  }
};

/** A list without a name would stand for all files. */
const NOTHING = ':';
