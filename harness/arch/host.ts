// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../base/result.ts';
import type { Architecture } from './architecture.ts';
import { X86_64 } from './x86_64/record.ts';

/** The records that there are, by what node calls the processor. */
const RECORDS: Readonly<Record<string, Architecture>> = { x64: X86_64 };

/** The only one there was before results named theirs. */
export const FIRST_ARCH: Architecture = X86_64;

/** The architecture of the kernels that are built and of the guests. */
export const ARCH: Architecture = RECORDS[process.arch] ?? X86_64;

/**
 * What stands before the names of the compiler and the binutils that are for it
 * (Documentation/kbuild/kbuild.rst, CROSS_COMPILE): nothing where they are the host's own.
 */
export const CROSS_COMPILE = RECORDS[process.arch] === ARCH ? '' : `${ARCH.triplet}-`;

/** The name of a tool of these: `gcc`, `nm`. */
export const tool = (name: string): string => `${CROSS_COMPILE}${name}`;

/** Fails with `environment` on a processor that has no record: nothing may be run there. */
export const checkHost = (processor: string = process.arch): Result<void> =>
  RECORDS[processor]
    ? ok(undefined)
    : fail('environment', `kbt does not run on ${processor}`, {
        remedy: `use a host that is one of: ${Object.values(RECORDS)
          .map(({ name }) => name)
          .join(', ')}`,
      });
