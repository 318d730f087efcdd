// SPDX-License-Identifier: MIT
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { temporary } from '../base/cache/scratch.ts';
import type { Qmp } from './qmp.ts';

/** A piece of a guest's kernel: what lies in its image from an address on. */
export interface KernelMemory {
  readonly from: bigint;
  readonly data: Buffer;
}

/** Has QEMU read a piece of the kernel's image; undefined where it is gone or does not answer. */
export const readKernelMemory = async (
  qmp: Qmp,
  from: bigint,
  to: bigint,
): Promise<KernelMemory | undefined> => {
  const directory = await temporary('memory');
  const filename = join(directory, 'memory');
  try {
    const val = Number(from - ARCH.memory.image + ARCH.memory.start);
    const where = { val, size: Number(to - from), filename };
    if ((await qmp.execute('pmemsave', where)) === undefined) return undefined;
    return { from, data: await readFile(filename) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
