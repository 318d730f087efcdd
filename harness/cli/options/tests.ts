// SPDX-License-Identifier: MIT
import { each, seconds, variable } from '../arguments.ts';
import { declare } from './declare.ts';

/** Which programs run, and what they are given. */
export const TESTS = [
  declare<readonly string[]>({
    flags: '--test-dir <dir>',
    help: 'a directory of guest programs, C or executable (repeatable)',
    parse: each,
    patch: (directories) => ({ tests: { directories } }),
  }),
  declare<readonly string[]>({
    flags: '--tests <glob>',
    help: 'only the programs whose names match (repeatable)',
    parse: each,
    patch: (names) => ({ tests: { names } }),
  }),
  declare<number>({
    flags: '--timeout <s>',
    help: 'seconds for a program without a deadline of its own (30, more where the variant is slow)',
    parse: seconds,
    inFile: 'seconds',
    patch: (timeout) => ({ tests: { timeout } }),
  }),
  declare<number>({
    flags: '--boot-timeout <s>',
    help: 'seconds until SSH must answer (120, likewise)',
    parse: seconds,
    inFile: 'seconds',
    patch: (bootTimeout) => ({ tests: { bootTimeout } }),
  }),
  declare<Readonly<Record<string, string>>>({
    flags: '--env <name=value>',
    help: "set in the programs' environment (repeatable)",
    parse: variable,
    patch: (environment) => ({ tests: { environment } }),
  }),
];
