// SPDX-License-Identifier: MIT
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { $ } from 'zx';
import { leaf, program, RUN } from '../../../test/support/hostile-run.ts';
import { ROOT, type Workbench } from '../workbench.ts';

const PROGRAMS = 100;
const RESULTS = 1000;
const GOAL = { seconds: 3, megabytes: 300 };
const FORMATS = ['tap', 'html', 'junit', 'mail', 'summary', 'annotations', 'kcidb'];

/** Says at its end how much memory a process had at most. */
const TELLS = `process.on('exit', () => process.stderr.write(\`rss \${process.resourceUsage().maxRSS}\\n\`));`;

/** A result of very many results, none of which is ok, in each form: time and memory. */
export const reports = async ({ figures, scratch }: Workbench): Promise<void> => {
  const home = join(scratch, 'large');
  const file = join(home, 'result.json');
  const tells = join(scratch, 'tells.mjs');
  writeFileSync(tells, TELLS);
  write(home, file);
  const read = await figures.seconds('a result of 100,000 results: JSON.parse', () => {
    JSON.parse(readFileSync(file, 'utf8'));
  });
  const env = { ...process.env, NODE_OPTIONS: `--import=${tells}` };
  const run = $({ cwd: ROOT, quiet: true, env });
  for (const format of ['', ...FORMATS]) {
    const args = format === '' ? [] : [`--${format}`, join(scratch, `out.${format}`)];
    const kib: number[] = [];
    const name = format === '' ? '  kbt report, in words' : `  the same, and --${format}`;
    const took = await figures.seconds(
      name,
      async () => {
        const began = performance.now();
        const { stderr } = await run`node ci/start.mjs report ${file} ${args}`;
        const seconds = (performance.now() - began) / 1000;
        kib.push(...[...stderr.matchAll(/^rss (\d+)$/gm)].map(([, value]) => Number(value)));
        return seconds;
      },
      { goal: GOAL.seconds },
    );
    figures.ratio('    in such JSON.parse', took / read);
    figures.megabytes('    resident at most', Math.max(...kib) / 1000, GOAL.megabytes);
  }
};

const write = (home: string, file: string): void => {
  mkdirSync(home, { recursive: true });
  const names = Array.from({ length: RESULTS }, (_, r) => `global.result_${r}_of_a_large_program`);
  const text = ['KTAP version 1', `1..${RESULTS}`].concat(
    names.map((name, r) => `not ok ${r + 1} ${name}`),
  );
  const programs = Array.from({ length: PROGRAMS }, (_, p) => {
    const output = `program_${p}.out`;
    writeFileSync(join(home, output), text.join('\n'));
    const results = names.map((name) => leaf(name, false));
    return program(`program_${p}`, { outcome: 'fail', why: 'all failed', results, output });
  });
  writeFileSync(file, JSON.stringify({ ...RUN, programs, strayReports: [] }, null, 2));
};
