// SPDX-License-Identifier: MIT
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
}

/** A workbench for as long as the work takes. */
export const withWorkbench = async (
  figures: Figures,
  work: (bench: Workbench) => Promise<void>,
): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'kbt-bench-'));
  const json = join(scratch, 'result.json');
  const quietly = $({ cwd: ROOT, quiet: true, nothrow: true });
  try {
    await work({
      figures,
      scratch,
      kbt: async (command, ...args) => {
        rmSync(json, { force: true });
        await quietly`npm run -s ${command} -- --json ${json} ${args}`;
        const told = JSON.parse(readFileSync(json, 'utf8')) as AnyResult;
        if (told.kind === 'failed') throw new Error(`${command}: ${told.failure.what}`);
        return told;
      },
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** A file of the pinned source, which a run has stored. */
export const fileOfSource = async (name: string): Promise<string> => {
  const store = join(cacheDirectory(process.env), 'source');
  const [digest = ''] = readdirSync(store).filter((entry) => /^[0-9a-f]{64}$/.test(entry));
  const repository = join(store, digest, 'linux.git');
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
