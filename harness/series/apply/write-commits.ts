// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { writing } from '../../source/tree/alternates.ts';
import type { Entries } from './part-index.ts';

/** A commit that is not written yet. */
export interface NewCommit {
  /** Name, address and time, as git has them in a commit. */
  readonly author: string;
  readonly message: string;
  /** The files that it leaves as they are named here; of those before it, gone where not named. */
  readonly before: Entries;
  readonly after: Entries;
}

/** Where they are written. */
export interface Place {
  readonly repository: string;
  /** The commit below the first. */
  readonly parent: string;
  /** A directory of the caller's, which takes it away. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

/**
 * Writes commits, each on top of the one before, by git-fast-import(1), which makes new trees
 * only along the paths of changed files. It works in a repository of its own, whose alternate is the real one, and
 * is over before what it made comes into the real one: a commit there has all it is made of.
 * Gives their names. Fails with `environment`.
 */
export const writeCommits = async (
  { repository, parent, scratch, signal }: Place,
  commits: readonly NewCommit[],
): Promise<Result<readonly string[]>> => {
  if (commits.length === 0) return ok([]);
  const own = join(scratch, 'git');
  await mkdir(join(own, 'objects', 'info'), { recursive: true });
  await mkdir(join(own, 'refs'));
  await writeFile(join(own, 'HEAD'), 'ref: refs/heads/series\n');
  await writeFile(join(own, 'objects', 'info', 'alternates'), `${join(repository, 'objects')}\n`);
  const imported = await git(
    // All of it in one pack, which is read below.
    ['--git-dir', own, '-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet', '--done'],
    { stdin: streamOf(parent, commits), signal },
  );
  const packs = join(own, 'objects', 'pack');
  const [pack] = (await readdir(packs).catch(() => [])).filter((name) => name.endsWith('.pack'));
  const taken =
    imported.code === 0 && pack !== undefined
      ? await git(['--git-dir', repository, 'unpack-objects', '-q'], {
          stdinFile: join(packs, pack),
          env: writing(repository),
          signal,
        })
      : imported;
  return taken.code === 0 && pack !== undefined
    ? ok(text(imported).split('\n'))
    : fail('environment', 'cannot write the commits of the series', {
        detail: taken.tail.slice(-5).join('\n'),
      });
};

/** The commits as git-fast-import reads them; it answers with their names. */
const streamOf = (parent: string, commits: readonly NewCommit[]): string =>
  [
    ...commits.flatMap(({ author, message, before, after }, index) => [
      'commit refs/heads/series',
      `mark :${index + 1}`,
      `author ${author}`,
      'committer kbt <kbt@localhost> 0 +0000',
      `data ${Buffer.byteLength(message)}`,
      message,
      ...(index === 0 ? [`from ${parent}`] : []),
      ...[...before.keys()].filter((name) => !after.has(name)).map((name) => `D ${quoted(name)}`),
      ...[...after]
        .filter(([name, entry]) => before.get(name) !== entry)
        .map(([name, entry]) => `M ${entry} ${quoted(name)}`),
    ]),
    ...commits.map((_, index) => `get-mark :${index + 1}`),
    'done\n',
  ].join('\n');

/** A path of any characters. */
const quoted = (name: string): string =>
  `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
