// SPDX-License-Identifier: MIT
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { test, type Fake } from '../support/fake.ts';
import { kbt } from '../support/kbt.ts';

/** The fake tree as a release of kernel.org's, at a mirror that lists it and an older one. */
const withMirror = async (
  { directory, tree, env }: Fake,
  sums: (sha256: string) => string,
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> => {
  const home = join(directory, 'linux-6.12.119');
  await cp(tree, home, { recursive: true });
  const makefile = join(home, 'Makefile');
  const text = await readFile(makefile, 'utf8');
  await writeFile(makefile, text.replace('SUBLEVEL = 117', 'SUBLEVEL = 119'));
  const tarball = join(directory, 'linux-6.12.119.tar.xz');
  await execa('tar', ['-cJf', tarball, '-C', directory, 'linux-6.12.119']);
  const whole = await readFile(tarball);
  const list = sums(createHash('sha256').update(whole).digest('hex'));
  const files: Readonly<Record<string, Buffer | string>> = {
    '/v6.x/linux-6.12.119.tar.xz': whole,
    '/v6.x/sha256sums.asc': list,
  };
  const server = createServer(({ url = '' }, response) => {
    const file = files[url];
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  // No apt, or a newer package of Debian's would be the newest.
  const bin = join(directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'apt-cache'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  try {
    await work({
      ...env,
      PATH: `${bin}:${env['PATH'] ?? ''}`,
      KBT_KERNEL_MIRROR: `http://127.0.0.1:${port}`,
    });
  } finally {
    server.close();
  }
};

const ARGS = ['boot-test', '--series', 'none', '--tests', 'smoke', '--accel', 'tcg', '--newest'];

test('the newest release that is listed is taken, and held to the digest in the list', async ({
  fake,
}) => {
  const list = (sha256: string): string =>
    [
      '-----BEGIN PGP SIGNED MESSAGE-----',
      `${'0'.repeat(64)}  linux-6.12.13.tar.xz`,
      `${sha256}  linux-6.12.119.tar.xz`,
      `${'1'.repeat(64)}  linux-6.13.4.tar.xz`,
      `${'2'.repeat(64)}  patch-6.12.200.xz`,
      '',
    ].join('\n');
  await withMirror(fake, list, async (env) => {
    const { stdout, stderr, code } = await kbt(ARGS, env);
    expect(stdout, stderr).toContain('source 6.12.119 vanilla\n');
    // The fake kernel does not come up.
    expect(code).toBe(1);
    // A source that is given is not the newest one.
    const both = await kbt([...ARGS, '--source', fake.tree], env);
    expect([both.code, both.stderr]).toEqual([64, expect.stringContaining('do not go together')]);
    const given = await kbt(ARGS, { ...env, KBT_SOURCE: fake.tree });
    expect(given.stdout, given.stderr).toContain('source 6.12.119 vanilla\n');
  });
});

test('a release that is not what the list says is thrown away', async ({ fake }) => {
  await withMirror(
    fake,
    () => `${'a'.repeat(64)}  linux-6.12.119.tar.xz\n`,
    async (env) => {
      const { code, stderr } = await kbt(ARGS, env);
      expect([code, stderr]).toEqual([3, expect.stringContaining('wrong digest')]);
    },
  );
});

test('where nobody says what is newest, nothing is taken for it', async ({ fake }) => {
  await withMirror(
    fake,
    () => '',
    async (env) => {
      const dead = { ...env, KBT_KERNEL_MIRROR: 'http://127.0.0.1:1' };
      for (const args of [ARGS, ['matrix', 'plain', '--sources', 'pin,newest', '--accel', 'tcg']]) {
        const { code, stderr, stdout } = await kbt(args, dead);
        expect([code, stderr]).toEqual([3, expect.stringContaining('nobody says what the newest')]);
        expect(stdout).toBe('');
      }
    },
  );
});
