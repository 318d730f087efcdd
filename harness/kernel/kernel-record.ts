// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ReadOnly } from '../base/read-only.ts';
import { OWNERS } from '../series/owners.ts';
import { WARNING } from './make/diagnostics.ts';
import { TOOLCHAIN } from './make/toolchain.ts';

/** The file of a kernel's entry that says what is known of it besides its other files. */
export const RECORD = 'kernel.json';

/** What {@link RECORD} holds. A newer kbt may say more there, which this one leaves alone. */
const KERNEL_RECORD = z.object({
  release: z.string(),
  /** Warnings in files that the series touch. */
  warnings: z.array(WARNING),
  /** Digest over include/: what guest programs are compiled against. */
  headers: z.string(),
  /** The files of the tree that the series change or add. */
  touched: z.array(z.string()),
  /** Which patch owns which of their lines. */
  owners: OWNERS,
  /** What built it; an older kbt did not say. */
  toolchain: z.exactOptional(TOOLCHAIN),
});
export type KernelRecord = ReadOnly<z.infer<typeof KERNEL_RECORD>>;

/** What a text says of a kernel; undefined where it is not in that form. */
export const parseRecord = (text: string): KernelRecord | undefined => {
  try {
    return KERNEL_RECORD.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** What is known of the kernel in a directory; undefined where that cannot be read. */
export const readRecord = async (directory: string): Promise<KernelRecord | undefined> => {
  const text = await readFile(join(directory, RECORD), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseRecord(text);
};
