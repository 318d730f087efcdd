// SPDX-License-Identifier: MIT
import type { Fingerprint } from '../base/fingerprint.ts';
import type { Owners } from '../series/owners.ts';
import type { Warning } from './diagnostics.ts';

/** A built kernel in the store. */
export interface Kernel {
  readonly fingerprint: Fingerprint;
  /**
   * Holds bzImage, vmlinux, System.map, config, include/, gen_init_cpio. One that was
   * built elsewhere may lack vmlinux and config, and then has an empty System.map.
   */
  readonly directory: string;
  readonly release: string;
  /** Warnings in files that the series touch. */
  readonly warnings: readonly Warning[];
  /** The files of the tree that the series change or add. */
  readonly touched: readonly string[];
  /** Which patch owns which of their lines. */
  readonly owners: Owners;
  /** Digest over headers/ and kselftest/: what guest programs are compiled against. */
  readonly headers: string;
}
