// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import { join, relative } from 'node:path';
import { renderSummary } from '../report/summary.ts';
import { renderTap } from '../report/tap.ts';
import { fail } from '../base/result.ts';
import { bootTest } from '../run/boot-test.ts';
import type { Shard } from '../run/shard.ts';
import { attempt } from './attempt.ts';
import { resultDirectory, writeOutputs } from './outputs.ts';
import { repositoryRoot } from './session.ts';
import { clashOf } from './clash.ts';
import type { RenderingOptions } from './rendering-options.ts';
import { renderings } from './renderings.ts';
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
  const directory = resultDirectory(repositoryRoot());
  const { result, refuse, exitCode } = await attempt((context) => {
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
  if (!result.ok) return refuse(result.failure);

  const shown = relative(process.cwd(), directory);
  const tap = renderTap(result.value, shown);
  const json = `${JSON.stringify(result.value, null, 2)}\n`;
  const written = await writeOutputs([
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    [options.json, json],
    ...(await renderings(options, [{ result: result.value, directory: shown }], repositoryRoot())),
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(result.value, shown)}\n`);
  return exitCode(result.value.exitCode);
};
