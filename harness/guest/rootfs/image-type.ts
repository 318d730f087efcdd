// SPDX-License-Identifier: MIT
import { open } from 'node:fs/promises';

/** The file systems that a root may be, as mount(8) calls them, and the options that each needs. */
export const ROOT_TYPES = {
  erofs: ['EROFS_FS'],
  ext4: ['EXT4_FS'],
  squashfs: ['SQUASHFS'],
} as const;
export type RootType = keyof typeof ROOT_TYPES;

/** What an image is: a root, or in words what else, and what to do about that. */
export type ImageType =
  | { readonly type: RootType }
  | { readonly type?: undefined; readonly what: string; readonly remedy: string };

/** Magics by where they lie: fs/erofs/erofs_fs.h, fs/ext4/ext4.h, fs/squashfs/squashfs_fs.h. */
const ROOTS: readonly (readonly [RootType, at: number, magic: readonly number[]])[] = [
  ['erofs', 1024, [0xe2, 0xe1, 0xf5, 0xe0]],
  ['ext4', 1024 + 0x38, [0x53, 0xef]],
  ['squashfs', 0, [...Buffer.from('hsqs')]],
];

const CONVERT =
  'qemu-img convert -O raw FILE root.img makes it raw: others may name any file of the host as their backing';

/** What people have at hand instead. */
const OTHERS: readonly (readonly [what: string, at: number, magic: string, remedy: string])[] = [
  ['a qcow2 image', 0, 'QFI\xfb', CONVERT],
  ['a qed image', 0, 'QED\0', CONVERT],
  ['a VMDK image', 0, 'KDMV', CONVERT],
  ['a VHDX image', 0, 'vhdxfile', CONVERT],
  ['a VDI image', 0x40, '\x7f\x10\xda\xbe', CONVERT],
  ['a disk with partitions', 512, 'EFI PART', 'give the partition alone'],
  ['a disk with partitions', 510, '\x55\xaa', 'give the partition alone'],
  ['a tar archive', 257, 'ustar', 'unpack it, and give the directory'],
  ['a gzip file', 0, '\x1f\x8b', 'unpack it first'],
  ['a zstd file', 0, '\x28\xb5\x2f\xfd', 'unpack it first'],
  ['an xz file', 0, '\xfd7zXZ', 'unpack it first'],
];

const HEAD = 2048;

/** Reads what the first bytes of a file say. Throws as `fs` does. */
export const imageTypeOf = async (file: string): Promise<ImageType> => {
  const head = Buffer.alloc(HEAD);
  const handle = await open(file);
  try {
    await handle.read(head, 0, HEAD, 0);
  } finally {
    await handle.close();
  }
  const has = (at: number, magic: Buffer): boolean =>
    head.subarray(at, at + magic.length).equals(magic);
  const root = ROOTS.find(([, at, magic]) => has(at, Buffer.from(magic)));
  if (root) return { type: root[0] };
  const other = OTHERS.find(([, at, magic]) => has(at, Buffer.from(magic, 'latin1')));
  const [what, , , remedy] = other ?? ['neither erofs, ext4 nor squashfs', 0, '', MAKE];
  return { what, remedy };
};

const MAKE = 'mkfs.erofs root.erofs DIR makes one, or give the directory itself';
