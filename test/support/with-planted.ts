// SPDX-License-Identifier: MIT
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { cacheDirectory } from '../../harness/base/context.ts';
import { bootTest } from './faults.ts';
import { kbt, ROOT, type Ran } from './kbt.ts';
import { git, plantSeries, type PlantedOptions } from './planted.ts';
import { readTold } from './told.ts';

/** What was planted in the pinned source, and the way to ask about it. */
export interface Planting {
  readonly series: string;
  /** A command about it and its program; its result is what --json wrote. */
  readonly ask: (
    command: string,
    ...args: readonly string[]
  ) => Promise<Ran & { readonly result: unknown }>;
}

type Wanted = Omit<PlantedOptions, 'makefile'>;

/** Plants a series while `work` looks at it. */
export const withPlanted = (
  wanted: Wanted,
  work: (planting: Planting) => Promise<void>,
): Promise<void> => plantFor(wanted, (series) => Promise.resolve(['--series-dir', series]), work);

/** The same as the history of a git tree, a part of it on a branch that is merged. */
export const withPlantedTree = (
  wanted: Wanted,
  work: (planting: Planting) => Promise<void>,
): Promise<void> =>
  plantFor(
    wanted,
    async (series, store) => {
      const tree = join(series, '..', 'linux');
      await grow(tree, series, store);
      return ['--tree', tree, '--good', 'good'];
    },
    work,
  );

const plantFor = async (
  wanted: Wanted,
  about: (series: string, store: string) => Promise<readonly string[]>,
  work: (planting: Planting) => Promise<void>,
): Promise<void> => {
  // The source is there once something was built of it.
  const { result } = await bootTest('--tests', 'smoke');
  const store = join(cacheDirectory(process.env), 'source', result.source.digest, 'linux.git');
  const { stdout } = await execa('git', [
    ...['--git-dir', store, 'show', 'refs/heads/source:fs/proc/Makefile'],
  ]);
  const directory = await mkdtemp(join(tmpdir(), 'kbt-planted-'));
  try {
    // The name is that of the tree: all planted series share one.
    const series = join(directory, 'planted');
    await plantSeries(series, { ...wanted, makefile: `${stdout}\n` });
    const subject = await about(series, store);
    await work({
      series,
      ask: async (command, ...args) => {
        const json = join(directory, 'result.json');
        const programs = join(ROOT, 'test', 'faults', 'steps');
        const tested = ['--test-dir', programs, '--tests', 'steps', '--json', json];
        const ran = await kbt([command, ...subject, ...tested, ...args]);
        const told = await readTold(json);
        if (told === undefined) throw new Error(`no result:\n${ran.stderr}`);
        return { ...ran, result: told };
      },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/** Steps 5 to 8 come in by a merge, beside a commit that has no part in it. */
const grow = async (tree: string, series: string, store: string): Promise<void> => {
  await execa('git', ['clone', '-q', '--shared', '--branch', 'source', store, tree]);
  const names = (await readdir(series)).filter((name) => name.endsWith('.patch')).sort();
  const apply = (from: number, to: number) =>
    git(tree, 'am', '-q', ...names.slice(from, to).map((name) => join(series, name)));
  await git(tree, 'tag', 'good');
  await apply(0, 4);
  await git(tree, 'checkout', '-q', '-b', 'side');
  await apply(4, 8);
  await git(tree, 'checkout', '-q', 'source');
  await writeFile(join(tree, 'beside'), 'No part of it.\n');
  // A tree of Debian's ignores what is not Debian's.
  await git(tree, 'add', '--force', 'beside');
  await git(tree, 'commit', '-qm', 'a commit beside');
  await git(tree, 'merge', '-q', '--no-ff', '-m', 'a merge', 'side');
  await apply(8, names.length);
};
