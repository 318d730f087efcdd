// SPDX-License-Identifier: MIT
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporary } from '../base/scratch.ts';
import type { Qmp } from './qmp.ts';

/**
 * Where the kernel sees all memory, and where itself, with four levels of page
 * tables and nokaslr (arch/x86/include/asm/page_64_types.h).
 */
export const PAGE_OFFSET = 0xffff_8880_0000_0000n;
export const START_KERNEL_MAP = 0xffff_ffff_8000_0000n;
export const KERNEL_IMAGE_SIZE = 512n * 1024n * 1024n;

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
    const where = { val: Number(from - START_KERNEL_MAP), size: Number(to - from), filename };
    if ((await qmp.execute('pmemsave', where)) === undefined) return undefined;
    return { from, data: await readFile(filename) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
