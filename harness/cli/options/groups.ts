// SPDX-License-Identifier: MIT
import { Command } from '@commander-js/extra-typings';
import { withOptions, type Declaration } from './declare.ts';
import {
  CONFIG,
  FROZEN,
  MBOX,
  MODULE_DIR,
  NEWEST,
  REVISION,
  SERIES,
  SERIES_DIR,
  SOURCE,
  TREE,
  VARIANT,
} from './kernel.ts';
import { MACHINE } from './machine.ts';
import { JOBS } from './policy.ts';
import { TESTS } from './tests.ts';

/** What every command takes that runs programs on kernels. */
export const TESTING: readonly Declaration[] = [
  ...[
    SERIES,
    SERIES_DIR,
    MBOX,
    REVISION,
    VARIANT,
    MODULE_DIR,
    SOURCE,
    TREE,
    CONFIG,
    NEWEST,
    FROZEN,
  ],
  ...TESTS,
  ...MACHINE,
];

/** What kbt.yaml may hold, in the order in which it is told. */
export const IN_FILE: readonly Declaration[] = [...MACHINE, JOBS, ...TESTS, SERIES, VARIANT].filter(
  ({ inFile }) => inFile !== undefined,
);

/** A command with all of {@link TESTING}, and more that it takes: they mean the same in each. */
export const testing = (name: string, more: readonly Declaration[] = []) =>
  withOptions(new Command(name), [...TESTING, ...more]);
