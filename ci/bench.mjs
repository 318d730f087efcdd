// SPDX-License-Identifier: MIT
// `npm run bench`: what the harness costs, as whole commands on this machine:
// medians, with the smallest and largest, on stdout and in results/bench.json.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { $ } from 'zx';

const ROOT = join(import.meta.dirname, '..');
const RUNS = 5;
const scratch = mkdtempSync(join(tmpdir(), 'kbt-bench-'));
$.verbose = false;
const kbt = (args) => $({ cwd: ROOT, quiet: true })`npm run -s boot-test -- ${args}`;

/** The step lines of a run: `+ kernel 11.2 s: …`, in seconds by step; a step may come again. */
const stepSeconds = (stderr) => {
  const seconds = {};
  for (const [, name, value] of stderr.matchAll(/^ {2}[+=] (\w+) (\d+\.\d+) s/gm))
    seconds[name] = (seconds[name] ?? 0) + Number(value);
  return seconds;
};

const rows = [];
/** `run` gives the figure itself in seconds, or nothing: then the whole of it is timed. */
const measure = async (name, run) => {
  const figures = [];
  for (let n = 1; n <= RUNS; n += 1) {
    const began = performance.now();
    const own = await run(n);
    figures.push(own ?? (performance.now() - began) / 1000);
  }
  figures.sort((a, b) => a - b);
  const row = {
    name,
    median: figures[RUNS >> 1],
    min: figures[0],
    max: figures.at(-1),
    runs: RUNS,
  };
  rows.push(row);
  const cells = [row.median, row.min, row.max].map((s) => s.toFixed(2).padStart(8));
  process.stdout.write(`${name.padEnd(52)}${cells.join('')}\n`);
};

process.stdout.write(`${''.padEnd(52)}  median     min     max  (seconds)\n`);
try {
  await kbt([]);
  await measure('kbt --help', async () => void (await $`node ci/start.mjs --help`));
  await measure(
    'boot-test, nothing changed, --tests smoke',
    async () => void (await kbt(['--tests', 'smoke'])),
  );
  const untilSsh = async (...args) => {
    const { stderr } = await kbt(['--tests', 'smoke', ...args]);
    return Number(/SSH after (\d+\.\d+) s/.exec(stderr)?.[1]);
  };
  await measure('  of it: fork until SSH', () => untilSsh());
  await measure('  instead of it: boot until SSH', () => untilSsh('--no-fork'));
  await measure(
    'boot-test --isolate, a fork for each of 10 runs',
    async () => void (await kbt(['--tests', 'smoke', '--isolate', '--repeat', '10'])),
  );
  const between = [];
  await measure('boot-test, nothing changed, all programs', async () => {
    const json = join(scratch, 'result.json');
    const { stderr } = await kbt(['--json', json]);
    const { milliseconds, programs } = JSON.parse(readFileSync(json, 'utf8'));
    const steps = Object.values(stepSeconds(stderr)).reduce((sum, s) => sum + s, 0);
    const ran = programs.reduce((sum, program) => sum + program.milliseconds, 0) / 1000;
    between.push(milliseconds / 1000 - steps - ran);
  });
  // What a guest is asked after each program, the verdict, the files, a VM's end.
  await measure('  of it: neither a step nor a program', (n) => Promise.resolve(between[n - 1]));

  const programs = join(scratch, 'programs');
  cpSync(join(ROOT, 'guest/programs/base'), programs, { recursive: true });
  const program = readFileSync(join(programs, 'smoke.c'), 'utf8');
  rmSync(join(programs, 'smoke.c'));
  await measure('boot-test, a test program edited', async (n) => {
    writeFileSync(join(programs, 'edited.c'), `${program}/* ${Date.now()} ${n} */\n`);
    await kbt(['--test-dir', programs, '--tests', 'edited']);
  });

  const series = join(scratch, 'synos');
  cpSync(join(ROOT, 'kernel-patches/synos'), series, { recursive: true });
  const patch = join(series, readdirSync(series).find((name) => name.startsWith('0003-')) ?? '');
  const text = readFileSync(patch, 'utf8');
  const line = '+\tatomic64_inc(&synos_queries);';
  if (!text.includes(line)) throw new Error(`${patch} no longer holds ${line}: mend the bench`);
  const overheads = [];
  await measure('boot-test, a line of kernel/synos/ edited', async () => {
    // A number that no store has seen.
    const edit = `+\tatomic64_add(${Date.now() % 1_000_000_000}, &synos_queries);`;
    writeFileSync(patch, text.replace(line, edit));
    const began = performance.now();
    const { stderr } = await kbt(['--series-dir', series, '--tests', 'smoke']);
    overheads.push((performance.now() - began) / 1000 - (stepSeconds(stderr).kernel ?? 0));
  });
  await measure('  of it: all but make', (n) => Promise.resolve(overheads[n - 1]));
  mkdirSync(join(ROOT, 'results'), { recursive: true });
  writeFileSync(
    join(ROOT, 'results/bench.json'),
    `${JSON.stringify({ when: new Date().toISOString(), rows }, null, 2)}\n`,
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
