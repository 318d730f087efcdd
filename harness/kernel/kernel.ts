// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import type { Fingerprint } from '../base/fingerprint.ts';
import { parseConfig } from '../kconfig/fragment.ts';
import type { KernelRecord } from './kernel-record.ts';
import type { KernelModules } from './modules/loadable.ts';

/** The file of a kernel that lists the symbols of its Kconfig files, one a line. */
export const SYMBOLS = 'symbols';

/** The file of a kernel that boots. */
export const IMAGE = basename(ARCH.kernel.image);

/** The directory of a kernel's modules that the guest boots by, in order of their names. */
export const MODULES = 'modules';

/** A built kernel in the store. */
export interface Kernel extends KernelRecord {
  readonly fingerprint: Fingerprint;
  /**
   * Holds {@link IMAGE}, vmlinux, System.map, config, symbols, include/. One that was
   * built elsewhere has no symbols; it may lack vmlinux and config, and then has an
   * empty System.map; it may have {@link MODULES}.
   */
  readonly directory: string;
  /** What can be loaded into it; undefined where nobody asked for modules. */
  readonly modules?: KernelModules;
}

/** The image of a kernel, which boots. */
export const imageOf = ({ directory }: Pick<Kernel, 'directory'>): string => join(directory, IMAGE);

/** Its .config; undefined where nobody says how it was built. */
export const configOf = async ({
  directory,
}: Kernel): Promise<ReadonlyMap<string, string> | undefined> => {
  const text = await readFile(join(directory, 'config'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseConfig(text);
};

/** The symbols of the Kconfig files that a kernel was built with; undefined where nobody knows. */
export const readSymbols = async ({
  directory,
}: Kernel): Promise<ReadonlySet<string> | undefined> => {
  const text = await readFile(join(directory, SYMBOLS), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : new Set(text.split('\n'));
};

/** The modules of a kernel that the guest boots by, in order; none of most. */
export const modulesOf = async ({ directory }: Kernel): Promise<readonly string[]> => {
  const home = join(directory, MODULES);
  const names = await readdir(home).catch(() => []);
  return names.sort().map((name) => join(home, name));
};
