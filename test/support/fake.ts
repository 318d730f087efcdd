// SPDX-License-Identifier: MIT
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { test as base } from 'vitest';
import { ROOT } from './kbt.ts';

/** A place of its own for one test: a fake tree, a cache, a way to write series. */
export interface Fake {
  readonly directory: string;
  readonly tree: string;
  readonly env: Readonly<Record<string, string>>;
  /** Options that every run on the fake tree has. */
  readonly args: readonly string[];
  /** Writes a series whose patches are edits of the tree, made in order. */
  readonly series: (
    edits: readonly Readonly<Record<string, string>>[],
    config?: string,
  ) => Promise<string>;
}

const ARGS = [
  '--accel',
  'tcg',
  '--test-dir',
  join(ROOT, 'test', 'fake', 'programs'),
  '--tests',
  'quiet',
];

const outputFile = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

const git = (cwd: string, args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', ...args], { cwd });

export const test = base.extend<{ fake: Fake }>({
  fake: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'kbt-fake-'));
    const tree = join(directory, 'linux');
    await cp(join(ROOT, 'test', 'fake', 'linux'), tree, { recursive: true });
    const series: Fake['series'] = async (edits, config) => {
      const work = join(directory, 'work');
      await cp(tree, work, { recursive: true });
      await git(work, ['init', '-q']);
      await git(work, ['add', '-f', '-A']);
      await git(work, ['commit', '-q', '--allow-empty', '-m', 'base']);
      for (const [index, files] of edits.entries()) {
        for (const [name, text] of Object.entries(files)) await outputFile(join(work, name), text);
        await git(work, ['add', '-f', '-A']);
        await git(work, ['commit', '-qm', `edit ${index + 1}`]);
      }
      const home = join(directory, 'series');
      await mkdir(home);
      await git(work, ['format-patch', '-q', '-o', home, `-${edits.length}`]);
      const names = edits.map((_, i) => `${String(i + 1).padStart(4, '0')}-edit-${i + 1}.patch`);
      await writeFile(join(home, 'series'), `${names.join('\n')}\n`);
      if (config !== undefined) await writeFile(join(home, 'config'), config);
      return home;
    };
    await use({
      directory,
      tree,
      series,
      args: ['boot-test', '--source', tree, ...ARGS],
      env: {
        KBT_CACHE: join(directory, 'cache'),
        KBT_RESULTS: join(directory, 'results'),
        PATH: `${join(ROOT, 'test', 'fake', 'bin')}:${process.env['PATH'] ?? ''}`,
        KBT_FAKE_QEMU: 'panic',
      },
    });
    await rm(directory, { recursive: true, force: true });
  },
});
