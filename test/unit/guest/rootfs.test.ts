// SPDX-License-Identifier: MIT
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT_TYPES } from '../../../harness/guest/rootfs/image-type.ts';
import { listTree } from '../../../harness/guest/rootfs/directory.ts';
import { readRootfs } from '../../../harness/guest/rootfs/rootfs.ts';
import { checkRoots } from '../../../harness/kconfig/boots-by.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'kbt-rootfs-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** A file with bytes at an offset, and zeros around them. */
const image = async (at: number, bytes: readonly number[]): Promise<string> => {
  const file = join(home, `image-${at}-${bytes.join('-')}`);
  await writeFile(file, Buffer.concat([Buffer.alloc(at), Buffer.from(bytes)]));
  await truncate(file, 8192);
  return file;
};

test.each([
  ['erofs', 1024, [0xe2, 0xe1, 0xf5, 0xe0]],
  ['ext4', 1080, [0x53, 0xef]],
  ['squashfs', 0, [0x68, 0x73, 0x71, 0x73]],
])('a raw image with %s is known by its magic', async (type, at, bytes) => {
  const file = await image(at, bytes);
  expect(await readRootfs(file)).toEqual({ ok: true, value: { kind: 'image', file, type } });
});

test.each([
  ['a qcow2 image', 0, [0x51, 0x46, 0x49, 0xfb], 'qemu-img convert'],
  ['a VMDK image', 0, [0x4b, 0x44, 0x4d, 0x56], 'qemu-img convert'],
  ['a disk with partitions', 510, [0x55, 0xaa], 'the partition alone'],
  ['a tar archive', 257, [0x75, 0x73, 0x74, 0x61, 0x72], 'unpack it'],
  ['neither erofs, ext4 nor squashfs', 0, [1, 2, 3], 'mkfs.erofs'],
])('%s is refused, with what to do', async (what, at, bytes, remedy) => {
  const read = await readRootfs(await image(at, bytes));
  expect(read).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  const { failure } = read as Extract<typeof read, { ok: false }>;
  expect(failure.what).toContain(what);
  expect(failure.remedy).toContain(remedy);
});

test('a directory is listed without following its links, and every change of a file shows', async () => {
  const root = join(home, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'bin', 'sh'), 'one');
  await symlink('/etc', join(root, 'etc'));
  await symlink('nowhere', join(root, 'broken'));
  const list = async (): Promise<readonly string[]> => {
    const listed = await listTree(root);
    if (!listed.ok) throw new Error(listed.failure.what);
    return listed.value;
  };
  const before = await list();
  expect(before.map((line) => line.split(' ')[0])).toEqual(['bin', 'bin/sh', 'broken', 'etc']);
  await chmod(join(root, 'bin', 'sh'), 0o755);
  expect(await list()).not.toEqual(before);
});

test('a kernel without what a root needs is told by option; a module that is loaded counts', () => {
  const config = new Map([
    ['CONFIG_BLK_DEV', 'y'],
    ['CONFIG_VIRTIO_BLK', 'm'],
    ['CONFIG_OVERLAY_FS', 'm'],
  ]);
  const check = checkRoots(config, ROOT_TYPES.ext4, ['virtio_blk', 'overlay']);
  expect(check).toMatchObject({
    ok: false,
    failure: { kind: 'unbuildable', detail: 'CONFIG_EXT4_FS=y' },
  });
  config.set('CONFIG_EXT4_FS', 'y');
  expect(checkRoots(config, ROOT_TYPES.ext4, ['virtio_blk', 'overlay']).ok).toBe(true);
  expect(checkRoots(config, ROOT_TYPES.ext4).ok).toBe(false);
});
