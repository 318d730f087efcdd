// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import { join, relative } from 'node:path';
import { renderSummary } from '../report/summary.ts';
import { renderTap } from '../report/tap.ts';
import { fail, exitCodeOf } from '../base/result.ts';
import { renderFailure } from '../report/failure.ts';
import { bootTest } from '../run/boot-test.ts';
import { attempt } from './attempt.ts';
import { resultDirectory, writeOutputs } from './outputs.ts';
import { seriesWanted, type SeriesOptions } from './series-options.ts';
import { repositoryRoot } from './session.ts';

export interface BootTestOptions extends SeriesOptions {
  readonly testDir?: readonly string[];
  readonly tests?: readonly string[];
  readonly variant?: readonly string[];
  readonly source?: string;
  readonly tree?: string;
  readonly config?: string;
  readonly kernel?: string;
  readonly vmlinux?: string;
  readonly frozen: boolean;
  readonly allowWarnings: boolean;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  readonly cpus: number;
  readonly memory?: number;
  readonly timeout?: number;
  readonly bootTimeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly append: string;
  readonly isolate: boolean;
  readonly jobs: number;
  readonly repeat?: number;
  readonly untilFail: boolean;
  readonly shuffle?: number | true;
  readonly fork: boolean;
  readonly dump: boolean;
  readonly tap?: string;
  readonly json?: string;
}

/** Options that exclude each other, by the one that stands for what is tested. */
const EXCLUDED = {
  tree: ['source', 'frozen', 'kernel'],
  kernel: ['source', 'frozen', 'series', 'seriesDir', 'variant'],
} as const;

/** What is wrong with the options together; undefined where nothing is. */
const clashOf = (options: BootTestOptions): string | undefined => {
  for (const [one, others] of Object.entries(EXCLUDED)) {
    const other = others.find((name) => options[name] !== undefined && options[name] !== false);
    if (options[one as keyof typeof EXCLUDED] !== undefined && other !== undefined)
      return `--${one} and --${other === 'seriesDir' ? 'series-dir' : other} do not go together`;
  }
  return options.vmlinux !== undefined && options.kernel === undefined
    ? '--vmlinux goes with --kernel alone'
    : undefined;
};

/** A .config is what a build begins with, or what a kernel was built by. */
const configWanted = ({ config, kernel, vmlinux }: BootTestOptions) => {
  if (kernel !== undefined) return { kernel: { file: kernel, vmlinux, config } };
  return config === undefined ? {} : { config };
};

/** So often at most, where nobody says how often. */
const UNTIL_FAIL = 1000;

export const bootTestCommand = async (options: BootTestOptions): Promise<number> => {
  const clash = clashOf(options);
  if (clash !== undefined) {
    process.stderr.write(`${renderFailure(fail('usage', clash).failure)}\n`);
    return exitCodeOf('usage');
  }
  const directory = resultDirectory(repositoryRoot());
  const { result, refuse, exitCode } = await attempt((context) =>
    bootTest(context, {
      source: options.source ?? (process.env['KBT_SOURCE'] || undefined),
      frozen: options.frozen,
      ...seriesWanted(options, (options.tree ?? options.kernel) !== undefined),
      ...(options.tree === undefined ? {} : { tree: options.tree }),
      ...configWanted(options),
      variants: options.variant ?? [],
      tests: options.tests ?? [],
      testDirectories: options.testDir ?? [],
      allowWarnings: options.allowWarnings,
      accelerator: options.accel,
      cpus: options.cpus,
      memoryMiB: options.memory,
      timeout: options.timeout,
      bootTimeout: options.bootTimeout,
      environment: options.env ?? {},
      append: options.append,
      isolate: options.isolate,
      jobs: options.jobs,
      repeat: options.repeat ?? (options.untilFail ? UNTIL_FAIL : 1),
      untilFail: options.untilFail,
      shuffle: options.shuffle === true ? randomInt(2 ** 31) : options.shuffle,
      fork: options.fork,
      dump: options.dump,
      directory,
    }),
  );
  if (!result.ok) return refuse(result.failure);

  const shown = relative(process.cwd(), directory);
  const tap = renderTap(result.value, shown);
  const json = `${JSON.stringify(result.value, null, 2)}\n`;
  const written = await writeOutputs([
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    [options.json, json],
  ]);
  if (!written.ok) return refuse(written.failure);
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(result.value, shown)}\n`);
  return exitCode(result.value.exitCode);
};
