// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { bzImage, VERSION, vmlinux } from '../support/bzimage.ts';
import { test, type Fake } from '../support/fake.ts';

const run = async (fake: Fake, ...args: string[]) =>
  kbt(['boot-test', ...fake.args.slice(3), ...args], { ...fake.env, KBT_SOURCE: fake.tree });

const written = async (fake: Fake, name: string, data: Buffer | string): Promise<string> => {
  const file = join(fake.directory, name);
  await writeFile(file, data);
  return file;
};

describe('a kernel that was built elsewhere', () => {
  test('is booted as it is, under its own name', async ({ fake }) => {
    const kernel = await written(fake, 'bzImage', bzImage());
    const { code, stdout, stderr } = await run(fake, '--kernel', kernel);
    expect(stdout, stderr).toContain('# Linux 6.3.0-mine, source own kernel\n');
    expect(stderr).toContain('the kernel panicked at boot');
    expect(code).toBe(1);
  });

  test('has its .config beside it, as in /boot; without one nobody knows it', async ({ fake }) => {
    const bare = await run(fake, '--kernel', await written(fake, 'vmlinuz-6.3.0-mine', bzImage()));
    expect([bare.code, bare.stderr]).toEqual([
      1,
      expect.stringContaining('nobody says how 6.3.0-mine was built'),
    ]);
    await written(fake, 'config-6.3.0-mine', 'CONFIG_64BIT=y\nCONFIG_VIRTIO_NET=m\n');
    const lacks = await run(fake, '--kernel', join(fake.directory, 'vmlinuz-6.3.0-mine'));
    expect([lacks.code, lacks.stderr]).toEqual([
      2,
      expect.stringContaining('CONFIG_VIRTIO_NET: a module does only with --kernel and --modules'),
    ]);
  });

  test.for([
    ['gzip -c', ''],
    ['xz -c --check=crc32', 'len4'],
    ['lz4 -l -c', 'len4'],
  ] as const)('says itself how it was built, packed by %s', async ([command, end], { fake }) => {
    const packed = await execa('sh', ['-c', command], {
      input: vmlinux('#7 SMP', 'CONFIG_64BIT=y\nCONFIG_VIRTIO_NET=m\n'),
      encoding: 'buffer',
    });
    const payload = Buffer.concat([packed.stdout, Buffer.from(end)]);
    const kernel = await written(fake, 'bzImage', bzImage(payload));
    const { code, stderr } = await run(fake, '--kernel', kernel);
    expect(stderr).toContain('CONFIG_VIRTIO_NET: a module does only with --kernel');
    expect(code).toBe(2);
  });

  test('comes out of a Debian package with the modules that the guest boots by', async ({
    fake,
  }) => {
    const root = join(fake.directory, 'root');
    const home = join(root, 'lib/modules/6.3.0-mine/kernel');
    for (const name of [join(root, 'DEBIAN'), join(root, 'boot'), home])
      await mkdir(name, { recursive: true });
    const control =
      'Package: mine\nVersion: 1\nArchitecture: amd64\nMaintainer: T <t@example.com>\nDescription: x\n';
    await writeFile(join(root, 'DEBIAN/control'), control);
    await writeFile(join(root, 'boot/vmlinuz-6.3.0-mine'), bzImage());
    const module = (depends: string, release = '6.3.0-mine') =>
      Buffer.from(`ELF\0depends=${depends}\0name=x\0vermagic=${release} SMP \0`);
    await writeFile(join(home, 'virtio_net.ko.gz'), gzipSync(module('net-failover,virtio_ring')));
    await writeFile(join(home, 'net_failover.ko'), module('failover'));
    await writeFile(join(home, 'failover.ko'), module(''));
    await writeFile(join(home, 'virtio-ring.ko'), module(''));
    await writeFile(join(home, 'other.ko'), module('virtio_net'));
    const file = join(fake.directory, 'mine.deb');
    const pack = () => execa('dpkg-deb', ['--build', '--root-owner-group', root, file]);
    await pack();
    const { code, stdout, stderr } = await run(fake, '--kernel', file);
    expect([code, stdout], stderr).toEqual([1, expect.stringContaining('# Linux 6.3.0-mine,')]);
    const kernels = join(fake.env['KBT_CACHE'] ?? '', 'kernels');
    const [entry = ''] = await readdir(kernels);
    expect(await readdir(join(kernels, entry, 'modules'))).toEqual([
      '00-failover.ko',
      '01-net_failover.ko',
      '02-virtio_ring.ko',
      '03-virtio_net.ko',
    ]);
    const images = join(fake.env['KBT_CACHE'] ?? '', 'images');
    const [image = ''] = await readdir(images);
    expect(await readFile(join(images, image, 'initramfs.cpio'), 'latin1')).toContain(
      'modules/03-virtio_net.ko',
    );
    await writeFile(join(home, 'failover.ko'), module('net_failover'));
    await pack();
    const round = await run(fake, '--kernel', file);
    expect([round.code, round.stderr]).toEqual([64, expect.stringContaining('depends on itself')]);
    await writeFile(join(home, 'failover.ko'), module('', '6.3.0-yours'));
    await pack();
    const foreign = await run(fake, '--kernel', file);
    expect([foreign.code, foreign.stderr]).toEqual([
      64,
      expect.stringContaining('the module is for 6.3.0-yours, the kernel is 6.3.0-mine'),
    ]);
    await rm(join(home, 'failover.ko'));
    await pack();
    const lost = await run(fake, '--kernel', file);
    expect([lost.code, lost.stderr]).toEqual([
      64,
      expect.stringContaining('net_failover.ko depends on failover, which is not there'),
    ]);
    await rm(join(root, 'boot/vmlinuz-6.3.0-mine'));
    await pack();
    const none = await run(fake, '--kernel', file);
    expect([none.code, none.stderr]).toEqual([
      64,
      expect.stringContaining('holds no /boot/vmlinuz'),
    ]);
  });

  test('skips what asks for an option when nobody knows its options', async ({ fake }) => {
    const kernel = await written(fake, 'bzImage', bzImage());
    const program = join(fake.directory, 'programs', 'asks');
    const args = ['--accel', 'tcg', '--test-dir', join(fake.directory, 'programs')];
    await mkdir(join(fake.directory, 'programs'));
    await writeFile(program, '#!/bin/sh\n# kbt: config=CONFIG_RARE\n', { mode: 0o755 });
    const { stdout } = await kbt(['boot-test', '--kernel', kernel, ...args, '--tests', 'asks'], {
      ...fake.env,
      KBT_SOURCE: fake.tree,
    });
    expect(stdout).toMatch(/ok 1 - asks # SKIP it is not known whether .* CONFIG_RARE/);
  });

  test('and what is none, or does not belong to it, is refused', async ({ fake }) => {
    const whole = bzImage();
    const kernel = await written(fake, 'bzImage', whole);
    const refused = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run(fake, ...args);
      expect(stderr).toContain(words);
      expect(code).toBe(64);
    };
    const narrow = Buffer.from(whole);
    narrow.writeUInt16LE(0, 0x236);
    const arm = Buffer.alloc(4096);
    arm.write('ARM\x64', 0x38, 'latin1');
    for (const [words, data] of [
      ['it is empty', Buffer.alloc(0)],
      ['it is an ELF file, as vmlinux is', vmlinux('#7 SMP', '')],
      ['it is a gzip file', gzipSync(whole)],
      ['it is cut, 3000 of 4096 bytes', whole.subarray(0, 3000)],
      ['it has no boot sector', Buffer.alloc(4096)],
      ['it is for 32 bits', narrow],
      ['it is a kernel of arm64', arm],
    ] as const)
      await refused(words, '--kernel', await written(fake, 'other', data));
    await refused('cannot read', '--kernel', join(fake.directory, 'gone'));
    const other = await written(fake, 'vmlinux', vmlinux('#8 SMP Sat Nov 21 2026', ''));
    await refused('is of another build', '--kernel', kernel, '--vmlinux', other);
    await refused('is no vmlinux', '--kernel', kernel, '--vmlinux', kernel);
    for (const more of [
      ['--tree', fake.tree],
      ['--series', 'none'],
      ['--variant', 'kasan'],
      ['--source', fake.tree],
    ])
      await refused('do not go together', '--kernel', kernel, ...more);
    await refused('goes with --kernel alone', '--vmlinux', other);
  });

  test('whose own words say that it cannot come up is not tried', async ({ fake }) => {
    const kernel = await written(fake, 'bzImage', bzImage());
    const built = VERSION.slice(VERSION.indexOf('#'));
    const file = await written(fake, 'vmlinux', vmlinux(built, 'CONFIG_VIRTIO_NET=m\n'));
    const { code, stderr } = await run(fake, '--kernel', kernel, '--vmlinux', file);
    expect(stderr).toContain('does not come up in the guest');
    expect(stderr).toContain('CONFIG_VIRTIO_NET: a module does only with --kernel and --modules');
    expect(code).toBe(2);
  });
});

test('a .config without what the guest boots by names it in lines of a fragment', async ({
  fake,
}) => {
  const config = await written(fake, 'dot-config', 'CONFIG_MINE=y\nCONFIG_VIRTIO_NET=m\n');
  const args = ['--source', fake.tree, '--series', 'none', '--config', config];
  const { code, stderr } = await run(fake, ...args);
  expect(stderr).toContain(
    '| # the initramfs, which is not compressed\n  | CONFIG_BLK_DEV_INITRD=y',
  );
  expect(code).toBe(2);
  const lines = [...stderr.matchAll(/^ {2}\| (CONFIG_\w+=y)$/gm)].map(([, line = '']) => line);
  await writeFile(config, `${await readFile(config, 'utf8')}${lines.join('\n')}\n`);
  const mended = await run(fake, ...args);
  expect(mended.stderr).toContain('the kernel panicked at boot');
  expect(mended.code).toBe(1);
});
