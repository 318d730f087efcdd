// SPDX-License-Identifier: MIT
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { $ } from 'zx';
import type { RunResult } from '../../harness/run/result/result.ts';
import { kernelEdits, ROOT, stepSeconds, unseen, type Workbench } from './workbench.ts';

const SMOKE = ['--tests', 'smoke'];
/** Seconds for one program; all of them take as much, and themselves. */
const SMOKE_GOAL = 2.5;

/** What a developer waits for: nothing changed, a test edited, a line of the kernel edited. */
export const loop = async (bench: Workbench): Promise<void> => {
  const { figures, kbt } = bench;
  await kbt('boot-test');
  const help = $({ cwd: ROOT, quiet: true });
  await figures.seconds('kbt --help', () => help`node ci/start.mjs --help`, { goal: 0.3 });
  const alone: number[] = [];
  await figures.seconds(
    'nothing changed, smoke',
    async () => {
      const began = performance.now();
      const ran = await kbt('boot-test', ...SMOKE);
      alone.push(besides(ran));
      return (performance.now() - began) / 1000;
    },
    { goal: SMOKE_GOAL },
  );
  const around = await figures.seconds(
    '  of it: neither a step nor the program',
    (run) => alone[run],
  );
  const untilSsh = async (...args: readonly string[]): Promise<number> => {
    const { boot } = stepSeconds(await kbt('boot-test', ...SMOKE, ...args));
    return boot ?? Number.NaN;
  };
  const fork = await figures.seconds('  of it: fork until SSH', () => untilSsh());
  const boot = await figures.seconds(
    '  instead of it: boot until SSH',
    () => untilSsh('--no-fork'),
    { goal: 4 },
  );
  figures.ratio('  a fork, in boots', fork / boot, 0.3);
  await figures.seconds('--isolate: a fork for each of 10 runs', () =>
    kbt('boot-test', ...SMOKE, '--isolate', '--repeat', '10'),
  );
  await allPrograms(bench, around);
  await programEdited(bench);
  await kernelEdited(bench);
};

/** What a run spends on neither a step nor a program, in seconds. */
const besides = (result: RunResult): number => {
  const steps = Object.values(stepSeconds(result)).reduce((sum, seconds) => sum + seconds, 0);
  return result.milliseconds / 1000 - steps - programsOf(result);
};

const programsOf = ({ programs }: RunResult): number =>
  programs.reduce((sum, program) => sum + program.milliseconds, 0) / 1000;

/**
 * The whole suite. What it spends besides more than a run of one program does goes
 * into looking after guests and judging: supervision.
 */
const allPrograms = async ({ figures, kbt }: Workbench, around: number): Promise<void> => {
  const runs: (RunResult & { readonly seconds: number })[] = [];
  const all = await figures.seconds('nothing changed, all programs', async () => {
    const began = performance.now();
    const ran = await kbt('boot-test');
    runs.push({ ...ran, seconds: (performance.now() - began) / 1000 });
  });
  const of = (take: (ran: (typeof runs)[number]) => number) => (run: number) => {
    const ran = runs[run];
    return ran && take(ran);
  };
  await figures.seconds(
    '  of it: all but the programs',
    of((ran) => ran.seconds - programsOf(ran)),
    { goal: SMOKE_GOAL },
  );
  const watched = await figures.seconds(
    '  of it: supervision',
    of((ran) => besides(ran) - around),
  );
  figures.ratio('  supervision, of the whole', watched / all, 0.03);
};

const programEdited = async ({ figures, scratch, kbt }: Workbench): Promise<void> => {
  const programs = join(scratch, 'programs');
  cpSync(join(ROOT, 'guest/programs/base'), programs, { recursive: true });
  const program = readFileSync(join(programs, 'smoke.c'), 'utf8');
  rmSync(join(programs, 'smoke.c'));
  const edit = async (): Promise<void> => {
    writeFileSync(join(programs, 'edited.c'), `${program}/* ${unseen()} */\n`);
    await kbt('boot-test', '--test-dir', programs, '--tests', 'edited');
  };
  await figures.seconds('a test program edited', edit, { goal: 7 });
};

/** What the parts of a run are called, by the names that {@link kernelEdited} has for them. */
const PARTS = {
  tree: 'the patches applied, the tree',
  kernel: 'make, and the kernel stored',
  boot: 'boot until SSH',
  rest: 'all else: the start, the plan, the program',
} as const;

const kernelEdited = async (bench: Workbench): Promise<void> => {
  const edit = kernelEdits(bench);
  const runs: Record<keyof typeof PARTS, number>[] = [];
  await bench.figures.seconds('a line of kernel/synos/ edited', async () => {
    const series = edit();
    const began = performance.now();
    const ran = await bench.kbt('boot-test', '--series-dir', series, ...SMOKE);
    const whole = (performance.now() - began) / 1000;
    const { tree = Number.NaN, kernel = Number.NaN, boot = Number.NaN } = stepSeconds(ran);
    runs.push({ tree, kernel, boot, rest: whole - tree - kernel - boot });
  });
  for (const [part, title] of Object.entries(PARTS))
    await bench.figures.seconds(
      `  of it: ${title}`,
      (run) => runs[run]?.[part as keyof typeof PARTS],
    );
  await bench.figures.seconds(
    '  of it: neither make nor boot',
    (run) => {
      const { tree = Number.NaN, rest = Number.NaN } = runs[run] ?? {};
      return tree + rest;
    },
    // And what npm takes to start, which is none of ours.
    { goal: 1 },
  );
};
