// SPDX-License-Identifier: MIT
import { Command, Option } from '@commander-js/extra-typings';
import type { PrepareWanted } from '../run/prepare.ts';
import { each, list, positive, seconds, variable } from './arguments.ts';
import { seriesWanted, type SeriesOptions } from './series-options.ts';

/** What every command is told that runs programs on kernels. */
export interface TestingOptions extends SeriesOptions {
  readonly testDir?: readonly string[];
  readonly tests?: readonly string[];
  readonly variant?: readonly string[];
  readonly source?: string;
  readonly tree?: string;
  readonly config?: string;
  readonly kernel?: string;
  readonly newest: boolean;
  readonly frozen: boolean;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memory?: number;
  readonly timeout?: number;
  readonly bootTimeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly append: string;
  readonly tap?: string;
  readonly json?: string;
}

/** A command with all of {@link TestingOptions}: they mean the same in each. */
export const testing = (name: string) =>
  new Command(name)
    .option(
      '--series <names>',
      'series below kernel-patches/ (the only one), in order; "none" for the bare source',
      list,
    )
    .option('--series-dir <dir>', 'a series in a directory of yours (repeatable)', each)
    .option('--test-dir <dir>', 'a directory of guest programs, C or executable (repeatable)', each)
    .option('--tests <glob>', 'only the programs whose names match (repeatable)', each)
    .option('--variant <names>', 'fragments of kernel-patches/variants/', list)
    .option('--source <path>', 'a kernel source of yours, tarball or directory (or KBT_SOURCE)')
    .option('--tree <dir>', 'a git tree of yours as it stands, uncommitted edits included')
    .option('--config <file>', 'begin with this .config (else: tinyconfig and base.config)')
    .option('--newest', 'the newest 6.12.y on offer in place of the pinned one', false)
    .option('--frozen', 'nothing but the pinned, verified source will do', false)
    .addOption(
      new Option('--accel <which>', 'the accelerator')
        .choices(['auto', 'kvm', 'tcg'] as const)
        .default('auto' as const),
    )
    .option('--cpus <n>', 'processors of the guest', positive, 2)
    .option('--memory <mib>', 'memory of the guest (512, or what the variant needs)', positive)
    .option(
      '--timeout <s>',
      'seconds for a program without a deadline of its own (30, more where the variant is slow)',
      seconds,
    )
    .option('--boot-timeout <s>', 'seconds until SSH must answer (120, likewise)', seconds)
    .option('--env <name=value>', "set in the programs' environment (repeatable)", variable)
    .option('--append <args>', "more for the kernel's command line", '')
    .option('--tap <file>', 'write the TAP here as well')
    .option('--json <file>', 'write the result here as well');

/** The options as values; `directory` is a new one under results/. */
export const testingWanted = (options: TestingOptions, directory: string): PrepareWanted => ({
  source: options.source ?? (process.env['KBT_SOURCE'] || undefined),
  frozen: options.frozen,
  newest: options.newest,
  ...seriesWanted(options, (options.tree ?? options.kernel) !== undefined),
  ...(options.tree === undefined ? {} : { tree: options.tree }),
  // Of a kernel that is built already it says how it was built.
  ...(options.config === undefined || options.kernel !== undefined
    ? {}
    : { config: options.config }),
  variants: options.variant ?? [],
  tests: options.tests ?? [],
  testDirectories: options.testDir ?? [],
  accelerator: options.accel,
  cpus: options.cpus,
  memoryMiB: options.memory,
  timeout: options.timeout,
  bootTimeout: options.bootTimeout,
  environment: options.env ?? {},
  append: options.append,
  directory,
});
