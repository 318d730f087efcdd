// SPDX-License-Identifier: MIT
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { kbt } from '../support/kbt.ts';

/** All that a directory holds, with times and sizes: a reader changes none of it. */
const stateOf = async (directory: string): Promise<string> =>
  (await execa('find', [directory, '-printf', '%p %s %T@ %m\n'])).stdout
    .split('\n')
    .sort()
    .join('\n');

/** The pinned source as a tarball of a mirror's: one directory is no pinned source. */
const theirs = async (fake: Fake) => {
  const cache = fake.env['KBT_CACHE'] ?? '';
  const home = join(fake.directory, 'linux-6.12.117');
  await cp(fake.tree, home, { recursive: true });
  const tarball = join(fake.directory, 'linux.tar');
  await execa('tar', ['-cf', tarball, '-C', fake.directory, 'linux-6.12.117']);
  const series = await fake.series([{ 'kernel/one.c': 'int one;\n' }]);
  const args = [
    ...fake.args.filter((arg, n, all) => arg !== '--source' && all[n - 1] !== '--source'),
  ];
  const first = await kbt([...args, '--series-dir', series, '--source', tarball], fake.env);
  return { cache, series, args, first };
};

test('another user’s sources and kernels are read, and nothing is written there', async ({
  fake,
}) => {
  const { cache, series, args, first } = await theirs(fake);
  expect(first.stderr).toContain('not built before');
  // By root all can be read: what others could is told by the modes.
  for (const store of ['kernels', 'source'])
    for (const name of await readdir(join(cache, store))) {
      const { mode } = await stat(join(cache, store, name));
      expect([store, name, mode & 0o044]).toEqual([store, name, 0o044]);
    }
  const [image = ''] = await readdir(join(cache, 'images'));
  expect((await stat(join(cache, 'images', image))).mode & 0o077).toBe(0);
  const before = await stateOf(cache);
  const own = join(fake.directory, 'own');
  const env: Readonly<Record<string, string>> = {
    ...fake.env,
    KBT_CACHE: own,
    KBT_SHARED: cache,
    KBT_KERNEL_MIRROR: 'http://127.0.0.1:1',
  };
  const second = await kbt([...args, '--series-dir', series], env);
  expect(second.stderr).toContain('nothing to build');
  expect(second.code).toBe(1);
  // A patch of one's own is applied and built in one's own cache, on the source of the other.
  await rm(series, { recursive: true });
  const work = join(fake.directory, 'work');
  await rm(work, { recursive: true });
  const mine = await fake.series([{ 'kernel/one.c': 'int another;\n' }]);
  const third = await kbt([...args, '--series-dir', mine], env);
  expect(third.stderr).toContain('not built before');
  expect(third.stderr).not.toContain('trying Debian');
  expect(await readdir(join(own, 'kernels'))).toHaveLength(1);
  const told = await kbt(['cache'], env);
  expect(told.stdout).toContain('kernel     1 of 2 times there, 50 %; 1 not built before');
  expect(await stateOf(cache)).toBe(before);
  // And when the other's is gone, what is left of the loan is no source.
  await rm(cache, { recursive: true });
  const bin = join(fake.directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'apt-cache'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const alone = { ...env, PATH: `${bin}:${env['PATH'] ?? ''}` };
  const fourth = await kbt([...args, '--series-dir', mine], alone);
  expect([fourth.code, fourth.stderr]).toEqual([3, expect.stringContaining('no source for Linux')]);
});
