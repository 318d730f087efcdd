// SPDX-License-Identifier: MIT
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { cacheDirectory } from '../../harness/base/context.ts';
import type { AnyResult, RunResult } from '../../harness/run/result/result.ts';
import type { Figures } from './figures.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Where figures are taken: a scratch directory, and kbt run as a user runs it. */
export interface Workbench {
  readonly figures: Figures;
  readonly scratch: string;
  /** `npm run boot-test`, or another command, whatever its verdict; throws where it comes to none. */
  readonly kbt: (command: string, ...args: readonly string[]) => Promise<RunResult>;
  /** The same with a cache of its own, ccache's too, and what it took. */
  readonly kbtFrom: (
    cache: string,
    command: string,
    ...args: readonly string[]
  ) => Promise<Took & { readonly result: RunResult }>;
}

/** What a command took, with all that it started. */
export interface Took {
  readonly seconds: number;
  /** Seconds of all processors. */
  readonly processors: number;
}

/** Runs a command to its end, whatever that is. */
const timed = async (
  argv: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Took> => {
  const { stdout } = await $({
    ...{ cwd, quiet: true, nothrow: true, ...(env ? { env } : {}) },
  })`bash -c ${'TIMEFORMAT="%R %U %S"; { time "$@" >/dev/null 2>&1; } 2>&1'} bash ${argv}`;
  const [seconds = Number.NaN, user = Number.NaN, system = Number.NaN] = stdout
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, processors: user + system };
};

/** A workbench for as long as the work takes. */
export const withWorkbench = async (
  figures: Figures,
  work: (bench: Workbench) => Promise<void>,
): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'kbt-bench-'));
  const json = join(scratch, 'result.json');
  const run = async (
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<Took & { readonly result: RunResult }> => {
    rmSync(json, { force: true });
    const argv = ['npm', 'run', '-s', command, '--', '--json', json, ...args];
    const took = await timed(argv, { cwd: ROOT, env });
    const told = JSON.parse(readFileSync(json, 'utf8')) as AnyResult;
    if (told.kind === 'failed') throw new Error(`${command}: ${told.failure.what}`);
    return { ...took, result: told };
  };
  try {
    await work({
      figures,
      scratch,
      kbt: async (command, ...args) => (await run(command, args)).result,
      kbtFrom: (cache, command, ...args) => {
        const env = { ...process.env, KBT_CACHE: cache, CCACHE_DIR: join(cache, 'ccache') };
        return run(command, args, env);
      },
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** What plain make takes for a kernel: its tree unpacked, and built with a .config. */
export const plainBuild = async (
  { scratch }: Pick<Workbench, 'scratch'>,
  tree: string,
  config: string,
): Promise<Took> => {
  const [tarball, directory] = [join(scratch, 'plain.tar.gz'), join(scratch, 'plain')];
  await $({ quiet: true })`git -C ${tree} archive --prefix=plain/ -o ${tarball} HEAD`;
  const unpacked = await timed(['tar', '-C', scratch, '-xf', tarball], { cwd: scratch });
  cpSync(config, join(directory, '.config'));
  const made = await timed(['make', `-j${cpus().length}`, 'bzImage'], { cwd: directory });
  if (!existsSync(join(directory, 'arch/x86/boot/bzImage'))) throw new Error('plain make failed');
  return {
    seconds: unpacked.seconds + made.seconds,
    processors: unpacked.processors + made.processors,
  };
};

/** The repository of the pinned source, which a run has stored. */
export const storedSource = (): string | undefined => {
  const store = join(cacheDirectory(process.env), 'source');
  const [digest] = readdirSync(store).filter((entry) => /^[0-9a-f]{64}$/.test(entry));
  return digest === undefined ? undefined : join(store, digest, 'linux.git');
};

/** A file of the pinned source. */
export const fileOfSource = async (name: string): Promise<string> => {
  const repository = storedSource() ?? '';
  const { stdout } = await $({
    quiet: true,
  })`git --git-dir ${repository} show refs/heads/source:${name}`;
  return stdout;
};

/** The steps of a run, in seconds by step; a step may come again. */
export const stepSeconds = ({ steps }: RunResult): Readonly<Record<string, number>> => {
  const seconds: Record<string, number> = {};
  for (const { step, milliseconds } of steps)
    seconds[step] = (seconds[step] ?? 0) + milliseconds / 1000;
  return seconds;
};

/** A number that no store has seen. */
export const unseen = (): number => Date.now() % 1_000_000_000;

/** Edits a line of SynOS, each time as no store has seen it; gives the directory of the series. */
export const kernelEdits = ({ scratch }: Workbench): (() => string) => {
  const series = join(scratch, 'synos');
  cpSync(join(ROOT, 'kernel-patches/synos'), series, { recursive: true });
  const patch = join(series, readdirSync(series).find((name) => name.startsWith('0003-')) ?? '');
  const text = readFileSync(patch, 'utf8');
  const line = '+\tatomic64_inc(&synos_queries);';
  if (!text.includes(line)) throw new Error(`${patch} no longer holds ${line}: mend the bench`);
  return () => {
    writeFileSync(patch, text.replace(line, `+\tatomic64_add(${unseen()}, &synos_queries);`));
    return series;
  };
};
