// SPDX-License-Identifier: MIT
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { fileDiffs } from '../patch/file-diffs.ts';
import type { Patch } from '../patch/patch.ts';

/** The environment names the index, GIT_INDEX_FILE. */
export interface IndexOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Mode and blob of files, by name. */
export type Entries = ReadonlyMap<string, string>;

/**
 * Makes an index that holds of a commit what patches can meet: the files that they name, and
 * what stands in the way of a new one. All of Linux has 86,000 files, and git reads and writes
 * an index as a whole, for each patch anew. Fails with `environment`.
 */
export const readPart = async (
  repository: string,
  commit: string,
  patches: readonly Patch[],
  options: IndexOptions,
): Promise<Result<void>> => {
  const at = ['--git-dir', repository];
  const literal = { ...options, env: { ...options.env, GIT_LITERAL_PATHSPECS: '1' } };
  const names = new Set(patches.flatMap(namesIn));
  const wanted = [...names, ...(await filesAmong(repository, commit, directoriesOf(names)))];
  const found: Buffer[] = [];
  // So many names fit into a command line.
  for (let first = 0; first < wanted.length; first += 1000) {
    const some = wanted.slice(first, first + 1000);
    // Recursively: where a patch adds a file, a directory may stand.
    const listed = await git([...at, 'ls-tree', '-r', '-z', commit, '--', ...some], literal);
    if (listed.code !== 0) return unreadable(listed.tail);
    found.push(listed.stdout);
  }
  const stdin = Buffer.concat(found);
  const made = await git([...at, 'update-index', '-z', '--index-info'], { ...options, stdin });
  return made.code === 0 ? ok(undefined) : unreadable(made.tail);
};

/** What an index holds. */
export const entriesOf = async (repository: string, options: IndexOptions): Promise<Entries> => {
  const listed = await git(['--git-dir', repository, 'ls-files', '-s', '-z'], options);
  return new Map(
    [...text(listed).matchAll(/(\d+ [0-9a-f]+) \d\t([^\0]*)\0/g)].map(
      ([, entry = '', name = '']) => [name, entry],
    ),
  );
};

const unreadable = (tail: readonly string[]) =>
  fail('environment', 'cannot read the source tree', { detail: tail.join('\n') });

const namesIn = ({ diff }: Patch): readonly string[] =>
  fileDiffs(diff.toString())
    .flatMap(({ before, after }) => [before, after])
    .filter((name) => name !== undefined);

/** All directories that the names lie in. */
const directoriesOf = (names: Iterable<string>): readonly string[] => {
  const found = new Set<string>();
  for (const name of names)
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1))
      found.add(name.slice(0, end));
  return [...found].filter((name) => !name.includes('\n'));
};

/** Of names that should be those of directories the ones that are files of a commit. */
const filesAmong = async (
  repository: string,
  commit: string,
  names: readonly string[],
): Promise<readonly string[]> => {
  const asked = ['--git-dir', repository, 'cat-file', '--batch-check=%(objecttype)'];
  const stdin = names.map((name) => `${commit}:${name}\n`).join('');
  const types = text(await git(asked, { stdin })).split('\n');
  return names.filter((_, index) => types[index] === 'blob');
};
