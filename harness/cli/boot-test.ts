// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import { fail } from '../base/result.ts';
import { bootTest } from '../run/boot-test.ts';
import type { Shard } from '../run/shard.ts';
import { attempt } from './attempt.ts';
import { deliverRuns, oneRun } from './deliver-runs.ts';
import { resultDirectory } from './outputs.ts';
import { clashOf } from './clash.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export interface BootTestOptions extends TestingOptions, RenderingOptions {
  readonly patches?: number;
  readonly kernel?: string;
  readonly vmlinux?: string;
  readonly allowWarnings: boolean;
  readonly isolate: boolean;
  readonly jobs: number;
  readonly repeat?: number;
  readonly untilFail: boolean;
  readonly shuffle?: number | true;
  readonly fork: boolean;
  readonly dump: boolean;
  readonly shard?: Shard;
}

/** A .config is what a build begins with, or what a kernel was built by. */
const kernelWanted = ({ config, kernel, vmlinux }: BootTestOptions) =>
  kernel === undefined ? {} : { kernel: { file: kernel, vmlinux, config } };

/** So often at most, where nobody says how often. */
const UNTIL_FAIL = 1000;

export const bootTestCommand = async (options: BootTestOptions): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt((context) => {
    const clash = clashOf(options);
    if (clash !== undefined) return Promise.resolve(fail('usage', clash));
    return bootTest(context, {
      ...testingWanted(options, directory),
      ...kernelWanted(options),
      ...(options.patches === undefined ? {} : { patches: options.patches }),
      allowWarnings: options.allowWarnings,
      isolate: options.isolate,
      jobs: options.jobs,
      repeat: options.repeat ?? (options.untilFail ? UNTIL_FAIL : 1),
      untilFail: options.untilFail,
      shuffle: options.shuffle === true ? randomInt(2 ** 31) : options.shuffle,
      fork: options.fork,
      dump: options.dump,
      shard: options.shard,
    });
  });
  return deliverRuns(oneRun(done, directory), directory, options);
};
