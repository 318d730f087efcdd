// SPDX-License-Identifier: MIT
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { cacheDirectory } from '../../harness/base/context.ts';
import type { RunResult } from '../../harness/run/result.ts';
import type { Figures } from './figures.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

/** What a run of kbt printed on stderr, and its result. */
export interface Ran {
  readonly stderr: string;
  readonly result: RunResult;
}

/** Where figures are taken: a scratch directory, and kbt run as a user runs it. */
export interface Workbench {
  readonly figures: Figures;
  readonly scratch: string;
  /** `npm run boot-test`, or another command, whatever its verdict; throws where it gives no result. */
  readonly kbt: (command: string, ...args: readonly string[]) => Promise<Ran>;
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
        const { stderr } = await quietly`npm run -s ${command} -- --json ${json} ${args}`;
        return { stderr, result: JSON.parse(readFileSync(json, 'utf8')) as RunResult };
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

/** The step lines of a run: `+ kernel 11.2 s: …`, in seconds by step; a step may come again. */
export const stepSeconds = (stderr: string): Readonly<Record<string, number>> => {
  const seconds: Record<string, number> = {};
  for (const [, name = '', value] of stderr.matchAll(/^[\d:]+ {3}[+=] (\w+) (\d+\.\d+) s/gm))
    seconds[name] = (seconds[name] ?? 0) + Number(value);
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
