// SPDX-License-Identifier: MIT
import { each, kunitFilter, kunitGlob, once, seconds, variable } from '../arguments.ts';
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
  declare<readonly string[]>({
    flags: '--kselftest <target>',
    help: "a collection of the kernel's selftests, TARGET or TARGET:TEST (repeatable)",
    parse: each,
    patch: (kselftest) => ({
      tests: { kselftest },
      kernel: { variants: ['rootfs', 'kselftest'] },
    }),
  }),
  declare<readonly string[]>({
    flags: '--ltp <suite>',
    help: 'a suite of the LTP in /opt/ltp of --rootfs, SUITE or SUITE:TAG (repeatable)',
    parse: each,
    goesWith: 'rootfs',
    patch: (ltp) => ({ tests: { ltp }, kernel: { variants: ['rootfs', 'kselftest'] } }),
  }),
  declare<string | true>({
    flags: '--kunit [glob]',
    help: 'the KUnit suites of the kernel, or those whose names match SUITE or SUITE.TEST',
    parse: kunitGlob,
    // The suites run once a boot, and are known when the kernel is built.
    excludes: ['repeat', 'until-fail', 'shard'],
    patch: (glob) => ({
      tests: { kunit: glob === true ? {} : { glob } },
      kernel: { variants: ['kunit'] },
      machine: { append: glob === true ? [] : [`kunit.filter_glob=${glob}`] },
    }),
  }),
  declare<string>({
    flags: '--kunitconfig <path>',
    help: "a fragment that enables suites, or a directory with a .kunitconfig; of yours or the source's",
    parse: once,
    goesWith: 'kunit',
    patch: (config) => ({ tests: { kunit: { config } } }),
  }),
  declare<string>({
    flags: '--kunit-filter <filter>',
    help: 'only tests with these attributes, as kunit.filter has it: speed>slow',
    parse: kunitFilter,
    goesWith: 'kunit',
    patch: (filter) => ({
      tests: { kunit: { filter } },
      machine: { append: [`kunit.filter="${filter}"`] },
    }),
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
