// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { git } from '../base/git.ts';
import { run } from '../base/process.ts';
import type { Patch } from '../series/series.ts';
import type { Tree } from '../series/tree.ts';
import { finding, pass, type Check } from './checks.ts';
import { filesAdded } from '../series/prefix.ts';

/**
 * The tree's own scripts/checkpatch.pl --strict. FILE_PATH_CHANGES asks whether
 * MAINTAINERS needs a line for a new file; {@link maintained} answers that.
 */
export const checkpatch = async (context: Context, tree: Tree, patch: Patch): Promise<Check> => {
  const ended = await run({
    argv: [
      'perl',
      'scripts/checkpatch.pl',
      '--strict',
      '--terse',
      '--show-types',
      '--no-summary',
      '--color=never',
      '--ignore',
      'FILE_PATH_CHANGES',
      patch.file,
    ],
    cwd: tree.directory,
    // A ~/.checkpatch.conf would have a say in what is found.
    env: { HOME: '/nonexistent' },
    capture: true,
    signal: context.signal,
  });
  const found = ended.stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(`${patch.file}:`))
    .map((line) => line.slice(patch.file.length + 1));
  if (found.length === 0 && ended.code !== 0)
    return finding('checkpatch', ['checkpatch.pl did not run', ...ended.tail.slice(-5)]);
  return finding('checkpatch', found);
};

/**
 * Every file that the patch adds belongs to an entry of MAINTAINERS: to one that
 * the series itself adds where it adds one, to any but the last resort else.
 */
export const maintained = async (context: Context, tree: Tree, patch: Patch): Promise<Check> => {
  const added = filesAdded(patch);
  if (added.length === 0) return pass('maintainers', 'no new file');
  const own = await entriesAdded(tree);
  const homeless: string[] = [];
  for (const file of added) {
    const ended = await run({
      argv: [
        'perl',
        'scripts/get_maintainer.pl',
        '--no-git',
        '--no-git-fallback',
        '--sections',
        '-f',
        file,
      ],
      cwd: tree.directory,
      capture: true,
      signal: context.signal,
    });
    const entries = ended.stdout
      .toString()
      .split('\n\n')
      .map((text) => text.trimStart().split('\n')[0] ?? '')
      .filter((entry) => entry !== '' && entry !== 'THE REST');
    if (!entries.some((entry) => own.size === 0 || own.has(entry))) homeless.push(file);
  }
  return finding(
    'maintainers',
    homeless.map((file) => `no entry of MAINTAINERS has ${file}`),
  );
};

/** The titles of entries that are in the tree's MAINTAINERS and not in the source's. */
const entriesAdded = async (tree: Tree): Promise<ReadonlySet<string>> => {
  const titles = (text: string) =>
    [...text.matchAll(/^(\S.*)\n[A-Z]:\t/gm)].map(([, title = '']) => title);
  const file = join(tree.directory, 'MAINTAINERS');
  const base = await git(['--git-dir', tree.repository, 'show', `${tree.base}:MAINTAINERS`]);
  const known = new Set(titles(base.stdout.toString()));
  return new Set(titles(await readFile(file, 'utf8')).filter((title) => !known.has(title)));
};
