// SPDX-License-Identifier: MIT
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { $ } from 'zx';
import { kernelEdits, ROOT, stepSeconds, unseen, type Workbench } from './workbench.ts';

const SMOKE = ['--tests', 'smoke'];

/** What a developer waits for: nothing changed, a test edited, a line of the kernel edited. */
export const loop = async (bench: Workbench): Promise<void> => {
  const { figures, kbt } = bench;
  await kbt('boot-test');
  const help = $({ cwd: ROOT, quiet: true });
  await figures.seconds('kbt --help', () => help`node ci/start.mjs --help`, { goal: 0.3 });
  const smoke = await figures.seconds('nothing changed, smoke', () => kbt('boot-test', ...SMOKE), {
    goal: 2.5,
  });
  const untilSsh = async (...args: readonly string[]): Promise<number> => {
    const { stderr } = await kbt('boot-test', ...SMOKE, ...args);
    return Number(/SSH after (\d+\.\d+) s/.exec(stderr)?.[1]);
  };
  const fork = await figures.seconds('  of it: fork until SSH', () => untilSsh());
  const boot = await figures.seconds('  instead of it: boot until SSH', () =>
    untilSsh('--no-fork'),
  );
  figures.ratio('  a fork, in boots', fork / boot, 0.3);
  await figures.seconds('--isolate: a fork for each of 10 runs', () =>
    kbt('boot-test', ...SMOKE, '--isolate', '--repeat', '10'),
  );
  await allPrograms(bench, smoke);
  await programEdited(bench);
  await kernelEdited(bench);
};

/** The whole suite, and what of it is spent on neither a step nor a program. */
const allPrograms = async ({ figures, kbt }: Workbench, smoke: number): Promise<void> => {
  const programs: number[] = [];
  const between: number[] = [];
  const all = await figures.seconds('nothing changed, all programs', async () => {
    const { stderr, result } = await kbt('boot-test');
    const steps = Object.values(stepSeconds(stderr)).reduce((sum, s) => sum + s, 0);
    const ran = result.programs.reduce((sum, program) => sum + program.milliseconds, 0) / 1000;
    programs.push(ran);
    between.push(result.milliseconds / 1000 - steps - ran);
  });
  await figures.seconds('  of it: the programs', (run) => programs[run]);
  // What a guest is asked after each program, the verdict, the files, a VM's end.
  const cost = await figures.seconds(
    '  of it: neither a step nor a program',
    (run) => between[run],
  );
  figures.ratio('  the same, of the whole', cost / all, 0.03);
  figures.ratio(
    '  smoke and the sum of the programs, of the whole',
    all / (smoke + median(programs)),
    1,
  );
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const programEdited = async ({ figures, scratch, kbt }: Workbench): Promise<void> => {
  const programs = join(scratch, 'programs');
  cpSync(join(ROOT, 'guest/programs/base'), programs, { recursive: true });
  const program = readFileSync(join(programs, 'smoke.c'), 'utf8');
  rmSync(join(programs, 'smoke.c'));
  await figures.seconds('a test program edited', async () => {
    writeFileSync(join(programs, 'edited.c'), `${program}/* ${unseen()} */\n`);
    await kbt('boot-test', '--test-dir', programs, '--tests', 'edited');
  });
};

const kernelEdited = async (bench: Workbench): Promise<void> => {
  const edit = kernelEdits(bench);
  const besides: number[] = [];
  await bench.figures.seconds('a line of kernel/synos/ edited', async () => {
    const series = edit();
    const began = performance.now();
    const { stderr } = await bench.kbt('boot-test', '--series-dir', series, ...SMOKE);
    besides.push((performance.now() - began) / 1000 - (stepSeconds(stderr)['kernel'] ?? 0));
  });
  await bench.figures.seconds('  of it: all but make', (run) => besides[run], { goal: 4 });
};
