// SPDX-License-Identifier: MIT
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../result.ts';

/** What a step is about to write, in bytes, and at least so many. */
export interface Needed {
  /** Of files as they are: text, objects. */
  readonly files: number;
  /** Of what is compressed already. */
  readonly packed?: number;
}

/** These keep what they are given as it is: ext2 to ext4, XFS, tmpfs (f_type of statfs(2)). */
const PLAIN: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994]);
/** Others may compress, and none better than xz, of whose tarballs a kernel's source is ten times the size. */
const AT_MOST = 10;

/**
 * Asks, before a step begins that is slow, whether the file system has room for it. Fails
 * with `environment` only where it certainly has not.
 */
export const roomFor = async (
  what: string,
  directory: string,
  { files, packed = 0 }: Needed,
): Promise<Result<void>> => {
  const disk = await diskOf(directory);
  if (disk === undefined) return ok(undefined);
  const needed = packed + (PLAIN.has(disk.type) ? files : files / AT_MOST);
  if (needed <= disk.free) return ok(undefined);
  return fail(
    'environment',
    `no space left for ${what}: it takes ${inWords(needed)} at least, and ${inWords(disk.free)} are free`,
    {
      code: 'no-space',
      where: directory,
      remedy:
        'point KBT_CACHE at another disk, or free some: kbt clean empties the caches, and a lower KBT_CACHE_MAX keeps them small',
    },
  );
};

/** Where a directory is or will be; undefined where its file system does not tell its size. */
const diskOf = async (
  directory: string,
): Promise<{ readonly type: number; readonly free: number } | undefined> => {
  const disk = await statfs(directory).catch(() => undefined);
  if (disk === undefined)
    return directory === dirname(directory) ? undefined : diskOf(dirname(directory));
  if (disk.blocks === 0) return undefined;
  // What is reserved is root's.
  const blocks = process.getuid?.() === 0 ? disk.bfree : disk.bavail;
  return { type: disk.type, free: blocks * disk.bsize };
};

const inWords = (bytes: number): string =>
  bytes < 2 ** 20
    ? `${(bytes / 2 ** 10).toFixed(0)} KiB`
    : bytes < 2 ** 30
      ? `${(bytes / 2 ** 20).toFixed(0)} MiB`
      : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
