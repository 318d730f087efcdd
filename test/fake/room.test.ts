// SPDX-License-Identifier: MIT
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { ROOT } from '../support/kbt.ts';
import { openLab, type HostRan } from '../support/lab.ts';

const MIB = 2 ** 20;

/** A run on a cache of its own size, and nothing of it was begun: the words of tar, git and make. */
const refused = (ran: HostRan, what: string): void => {
  expect(ran.stderr).toContain(`kbt: no space left for ${what}`);
  expect(ran.stderr).toMatch(/it takes [\d.]+ [KMG]iB at least, and [\d.]+ [KMG]iB are free/);
  expect(ran.stderr).toMatch(/do: .*KBT_CACHE.*kbt clean.*KBT_CACHE_MAX/);
  expect(ran.stderr).not.toMatch(/No space left|cannot unpack|cannot check/);
  expect(ran.code).toBe(3);
};

const labOf = (fake: Fake, ...source: readonly string[]) =>
  openLab(
    fake.directory,
    ['boot-test', '--accel', 'tcg', '--series', 'none', '--tests', 'smoke', ...source],
    fake.env,
  );

test('a disk on which the pinned source has no room is told before anything is fetched', async ({
  fake,
}) => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const lab = await labOf(fake);
  const env = { KBT_KERNEL_MIRROR: `http://127.0.0.1:${port}` };
  const ran = await lab.run({ env, disk: { at: lab.cache, size: '300m' } });
  server.close();
  refused(ran, 'the source of the kernel');
  expect(asked).toBe(0);
});

test('a tarball that will not fit is told before it is unpacked', async ({ fake }) => {
  await writeFile(join(fake.tree, 'kernel', 'large.bin'), Buffer.alloc(MIB, 'x'));
  const tarball = join(fake.directory, 'linux.tar.xz');
  await execa('tar', ['-cJf', tarball, '-C', fake.directory, 'linux']);
  const lab = await labOf(fake, '--source', tarball);
  refused(await lab.run({ disk: { at: lab.cache, size: '512k' } }), 'the files in ');
});

test('a checkout that will not fit is told before it is begun', async ({ fake }) => {
  // Its pack is small, its file is not.
  await writeFile(join(fake.tree, 'kernel', 'large.bin'), Buffer.alloc(MIB, 'x'));
  const lab = await labOf(fake, '--source', fake.tree);
  refused(await lab.run({ disk: { at: lab.cache, size: '800k' } }), 'a checkout of the source');
});

test('a first build of a whole Linux that will not fit is told before make', async ({ fake }) => {
  for (const part of ['drivers', 'fs', 'mm', 'net']) {
    await mkdir(join(fake.tree, part));
    await writeFile(join(fake.tree, part, 'Makefile'), '');
  }
  const lab = await labOf(fake, '--source', fake.tree);
  const ran = await lab.run({ disk: { at: lab.cache, size: '100m' } });
  refused(ran, 'a build of the kernel');
  expect(ran.stderr).not.toContain('.config');
});

test('what is cached needs no room: a full disk is no reason to refuse it', async ({ fake }) => {
  await writeFile(join(fake.tree, 'kernel', 'large.bin'), Buffer.alloc(MIB, 'x'));
  const cache = join(fake.directory, 'small');
  await mkdir(cache);
  // Twice on one disk, and before the second time all but a little of it is filled.
  const script = `mount -t tmpfs -o size=16m none ${cache} && node ci/start.mjs "$@"
    free=$(df --output=avail ${cache} | tail -1)
    head -c "$((free - 200))K" /dev/zero >${cache}/filled
    node ci/start.mjs "$@"`;
  const { exitCode, stderr } = await execa(
    'unshare',
    ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'].concat(
      ...[fake.args, ['--series', 'none']],
    ),
    { cwd: ROOT, env: { ...fake.env, KBT_CACHE: cache }, reject: false },
  );
  expect(stderr.match(/the kernel panicked at boot/g)).toHaveLength(2);
  expect(stderr).toContain('nothing to build');
  expect(stderr).not.toContain('no space');
  expect(exitCode).toBe(1);
  expect(await readdir(cache)).toEqual([]);
});
