// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import type { Fingerprint } from '../base/fingerprint.ts';
import type { KernelRecord } from './kernel-record.ts';

/** The file of a kernel that lists the symbols of its Kconfig files, one a line. */
export const SYMBOLS = 'symbols';

/** The file of a kernel that boots. */
export const IMAGE = basename(ARCH.kernel.image);

/** A built kernel in the store. */
export interface Kernel extends KernelRecord {
  readonly fingerprint: Fingerprint;
  /**
   * Holds {@link IMAGE}, vmlinux, System.map, config, symbols, include/. One that was
   * built elsewhere has no symbols; it may lack vmlinux and config, and then has an
   * empty System.map.
   */
  readonly directory: string;
}

/** The image of a kernel, which boots. */
export const imageOf = ({ directory }: Pick<Kernel, 'directory'>): string => join(directory, IMAGE);

/** The symbols of the Kconfig files that a kernel was built with; undefined where nobody knows. */
export const readSymbols = async ({
  directory,
}: Kernel): Promise<ReadonlySet<string> | undefined> => {
  const text = await readFile(join(directory, SYMBOLS), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : new Set(text.split('\n'));
};
