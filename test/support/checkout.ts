// SPDX-License-Identifier: MIT
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from './kbt.ts';
import { git } from './planted.ts';

/** What kbt is made of: compiled and installed, a copy has nothing to set up. */
const PARTS = [
  ...['.github', '.npmrc', 'ci', 'dist', 'guest', 'harness', 'kernel-patches'],
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
];

/** A checkout of this repository as it stands, with a history of one commit. */
export const checkOut = async (
  directory: string,
  leave: (path: string) => boolean = () => false,
): Promise<string> => {
  const home = join(directory, 'checkout');
  await mkdir(home);
  for (const part of PARTS)
    await cp(join(ROOT, part), join(home, part), {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !leave(path.slice(ROOT.length + 1)),
    });
  // Links: what npm would remove there stays here.
  await execa('cp', ['-al', join(ROOT, 'node_modules'), join(home, 'node_modules')]).catch(() =>
    execa('cp', ['-a', join(ROOT, 'node_modules'), join(home, 'node_modules')]),
  );
  await writeFile(
    join(home, '.gitignore'),
    'node_modules\ndist\nresults\nshards\nnightly\nproofs\n',
  );
  await git(home, 'init', '-q');
  await commit(home, 'a start', {});
  return home;
};

/** Writes files and commits them; gives the commit. */
export const commit = async (
  home: string,
  subject: string,
  files: Readonly<Record<string, string>>,
): Promise<string> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), text);
  }
  await git(home, 'add', '-A');
  await git(home, 'commit', '-qm', subject);
  return (await execa('git', ['-C', home, 'rev-parse', 'HEAD'])).stdout;
};
