// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import type { Result } from '../../base/result.ts';
import { roomFor } from '../../base/cache/room.ts';

/**
 * A source lies in the cache as files and as a pack of git's until it is imported. That of
 * Linux 6.12.117 has 1,420 MiB in 86,700 files (1,640 MiB of disk) and a pack of 376 MiB;
 * another 6.12.y may be a little smaller.
 */
const PINNED = { files: 1400 * 2 ** 20, packed: 360 * 2 ** 20 };

/** Room for a pinned source that has to be fetched first. */
export const roomForPinned = (store: string): Promise<Result<void>> =>
  roomFor('the source of the kernel', store, PINNED);

/** Of a tarball at least so much is the contents of files: 96 % of that of 6.12, less where files are small. */
const CONTENTS = 0.8;

/** Room for what is in a tarball; by xz's own index, which it reads in no time. */
export const roomForTarball = async (
  { signal }: Context,
  tarball: string,
  store: string,
): Promise<Result<void>> => {
  const listed = await run({ argv: ['xz', '--robot', '--list', tarball], signal });
  const totals = listed.tail.find((line) => line.startsWith('totals\t'))?.split('\t');
  // Of other forms it is known that unpacking makes nothing smaller.
  const bytes = Number(totals?.[4] ?? (await stat(tarball)).size);
  return roomFor(`the files in ${tarball}`, store, { files: bytes * CONTENTS });
};
