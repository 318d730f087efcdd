// SPDX-License-Identifier: MIT
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { plainBuild, storedSource, type Workbench } from './workbench.ts';

/**
 * From empty caches to TAP, once: what a newcomer waits for after set-up and download. Beside it
 * what nobody can do without: the same tarball unpacked, the same .config made by plain make.
 */
export const cold = async (bench: Workbench): Promise<void> => {
  const { figures, scratch } = bench;
  const source = storedSource();
  if (source === undefined) {
    figures.skip('empty caches, until TAP', 'no source in the cache: run boot-test once');
    return;
  }
  const tarball = join(scratch, 'linux.tar.gz');
  const archive = ['archive', '--prefix=linux/', '-o', tarball, 'refs/heads/source'];
  await $({ quiet: true })`git --git-dir ${source} ${archive}`;
  const cache = join(scratch, 'cache');
  const whole = await bench.kbtFrom(cache, 'boot-test', '--source', tarball);
  const [home = ''] = readdirSync(join(cache, 'trees'))
    .map((name) => join(cache, 'trees', name))
    .filter((directory) => existsSync(join(directory, 'build')));
  const plain = await plainBuild(bench, join(home, 'linux'), join(home, 'build', '.config'));
  const once = { runs: 1 };
  await figures.seconds('empty caches, until TAP', () => whole.seconds, once);
  await figures.seconds('  plain tar and make of the same', () => plain.seconds, once);
  figures.ratio('  of it', whole.seconds / plain.seconds, 1.15);
  await figures.seconds('  processors, until TAP', () => whole.processors, once);
  figures.ratio('  of those of plain tar and make', whole.processors / plain.processors);
};
