// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, vi } from 'vitest';
import type { Event } from '../../harness/base/events.ts';
import { acquireSource } from '../../harness/source/acquire.ts';
import type { Pin } from '../../harness/source/pin.ts';
import { test } from '../support/fake.ts';
import { kbt, ROOT } from '../support/kbt.ts';

test('a tarball of another digest than the pin’s is thrown away', async ({ fake }) => {
  const tarball = join(fake.directory, 'linux.tar.xz');
  await execa('tar', ['-cJf', tarball, '-C', fake.directory, 'linux']);
  const whole = await readFile(tarball);
  const server = createServer((_, response) => response.end(whole));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  vi.stubEnv(
    'KBT_KERNEL_MIRROR',
    `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`,
  );
  vi.stubEnv('PATH', fake.env['PATH'] ?? '');
  const cache = join(fake.directory, 'cache');
  const events: Event[] = [];
  const pin: Pin = {
    version: '6.12.117',
    'kernel.org': { flavour: 'vanilla', sha256: 'a'.repeat(64) },
    debian: { flavour: 'debian', package: 'no-such-package', versions: {} },
  };
  const result = await acquireSource(
    {
      root: ROOT,
      env: process.env,
      project: ROOT,
      cache,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
    },
    pin,
    { given: undefined, frozen: false },
  );
  server.close();
  vi.unstubAllEnvs();
  expect(result).toMatchObject({
    ok: false,
    failure: {
      kind: 'environment',
      what: expect.stringContaining('wrong digest') as string,
      detail: expect.stringContaining('a'.repeat(64)) as string,
    },
  });
  expect(existsSync(join(cache, 'downloads', 'linux-6.12.117.tar.xz'))).toBe(false);
});

test('a cache with no space left is said to be so, and nothing half-made stays', async ({
  fake,
}) => {
  const cache = join(fake.directory, 'small');
  await mkdir(cache);
  await writeFile(join(fake.tree, 'kernel', 'large.bin'), Buffer.alloc(1024 * 1024, 'x'));
  const tarball = join(fake.directory, 'linux.tar.xz');
  await execa('tar', ['-cJf', tarball, '-C', fake.directory, 'linux']);
  // A file system of its own, in a mount namespace of its own: no root needed.
  const script = `mount -t tmpfs -o size=1m none ${cache} && node ci/start.mjs "$@"; code=$?; ls -A ${cache}/source; exit $code`;
  const { exitCode, stderr, stdout } = await execa(
    'unshare',
    [
      '--user',
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      'boot-test',
      '--series',
      'none',
      '--source',
      tarball,
    ],
    { cwd: ROOT, env: { ...fake.env, KBT_CACHE: cache }, reject: false },
  );
  // There is room for the files, as far as that is certain, and none for all that lies beside them.
  expect(stderr).toMatch(/cannot unpack[^]*No space left/);
  expect(stderr).toContain('KBT_CACHE');
  expect(exitCode).toBe(3);
  expect(stdout.trim()).toBe('lock');
});

test('a result that cannot be written where it was asked for is an error', async ({ fake }) => {
  const ran = await kbt([...fake.args, '--series', 'none', '--tap', '/dev/full'], fake.env);
  expect(ran.stderr).toContain('cannot write /dev/full');
  expect(ran.code).toBe(3);
  expect(await readdir(join(fake.env['KBT_CACHE'] ?? '', 'kernels'))).toHaveLength(1);
});

test('a TAP that nobody could read is not a success', async ({ fake }) => {
  const script = 'exec node ci/start.mjs "$@" >/dev/full';
  const help = await execa('sh', ['-c', script, 'sh', '--help'], { cwd: ROOT, reject: false });
  expect(help.exitCode).toBe(3);
  expect(help.stderr).not.toContain('    at ');
  const args = [...fake.args, '--series', 'none'];
  const ran = await execa('sh', ['-c', script, 'sh', ...args], {
    cwd: ROOT,
    env: fake.env,
    reject: false,
  });
  expect(ran.exitCode).toBe(3);
});
