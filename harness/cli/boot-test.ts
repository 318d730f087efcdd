// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { exitCodeOf, fail, type Failure } from '../base/result.ts';
import { systemFailure } from '../base/store.ts';
import { renderFailure } from '../report/failure.ts';
import { renderSummary } from '../report/summary.ts';
import { renderTap } from '../report/tap.ts';
import { openView } from '../report/terminal.ts';
import { bootTest } from '../run/boot-test.ts';
import { openSession } from './session.ts';

export interface BootTestOptions {
  readonly series?: readonly string[];
  readonly seriesDir?: readonly string[];
  readonly testDir?: readonly string[];
  readonly tests?: readonly string[];
  readonly variant?: readonly string[];
  readonly source?: string;
  readonly frozen: boolean;
  readonly allowWarnings: boolean;
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

/** The series of this repository, unless others are named. */
const DEFAULT_SERIES = ['synos'];

const seriesWanted = (options: BootTestOptions): readonly string[] => {
  if (options.series) return options.series.filter((name) => name !== 'none');
  return options.seriesDir ? [] : DEFAULT_SERIES;
};

export const bootTestCommand = async (options: BootTestOptions): Promise<number> => {
  const view = openView(process.stderr);
  const session = openSession(view.emit);
  const { context } = session;
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  const directory = join(context.root, 'results', `${stamp}-${randomBytes(2).toString('hex')}`);
  const refuse = (failure: Failure): number => {
    process.stderr.write(`${renderFailure(failure)}\n`);
    return session.exitCode(exitCodeOf(failure.kind));
  };
  let result;
  try {
    result = await bootTest(context, {
      source: options.source ?? (process.env['KBT_SOURCE'] || undefined),
      frozen: options.frozen,
      series: seriesWanted(options),
      seriesDirectories: options.seriesDir ?? [],
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
      directory,
    });
  } catch (error) {
    const failure = systemFailure(error);
    if (!failure) throw error;
    result = { ok: false as const, failure };
  } finally {
    await view.close();
  }
  if (!result.ok) return refuse(result.failure);

  const shown = relative(process.cwd(), directory);
  const tap = renderTap(result.value, shown);
  const json = `${JSON.stringify(result.value, null, 2)}\n`;
  const files: readonly (readonly [string | undefined, string])[] = [
    [join(directory, 'result.tap'), tap],
    [options.tap, tap],
    [options.json, json],
  ];
  for (const [file, text] of files) {
    if (file === undefined) continue;
    try {
      await mkdir(dirname(resolve(file)), { recursive: true });
      await writeFile(file, text);
    } catch (error) {
      return refuse(
        fail('environment', `cannot write ${file}`, { detail: (error as Error).message }).failure,
      );
    }
  }
  process.stdout.write(tap);
  process.stderr.write(`${renderSummary(result.value, shown)}\n`);
  return session.exitCode(result.value.exitCode);
};
