// SPDX-License-Identifier: MIT
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { $ } from 'zx';
import { gravest } from '../../harness/base/outcome.ts';
import { renderCost } from '../../harness/report/series/cost.ts';
import { renderCoverage } from '../../harness/report/series/coverage.ts';
import { renderCompared } from '../../harness/report/series/differences.ts';
import { code, fenced } from '../../harness/report/ci/markdown.ts';
import { kbt, readTold } from '../support/kbt.ts';
import { touchedSeries } from './touched.ts';

const USAGE = `npm run pull-request -- --base REVISION [--to DIR]

Of each series that was changed since REVISION: its suite, what became worse than it was there
(than without it, where it is new), which of its lines no test ran, what it costs. One summary
of all lies in DIR (pull-request), with JUnit XML and annotations for the lines of patches.

Exit codes: 0 all passed and nothing became worse, 1 not so, 2 something did not build, 3 the
environment, 64 wrong usage.
`;

const quietly = $({ quiet: true, nothrow: true });

const main = async (): Promise<number> => {
  const { base, to, help } = readArguments();
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (base === undefined) return usage('--base is not given');
  const merged = await quietly`git merge-base ${base} HEAD`;
  if (merged.exitCode !== 0)
    return usage(`${base} is no revision, or has nothing in common with HEAD`);
  const from = merged.stdout.trim();
  const diff = await quietly`git diff -z --no-renames --relative --name-only ${from}`;
  if (diff.exitCode !== 0) return usage(`git cannot tell what changed: ${diff.stderr.trim()}`);
  const changed = diff.stdout.split('\0');
  const all = readdirSync('kernel-patches', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'variants')
    .map(({ name }) => name);
  const touched = touchedSeries(changed, all);
  mkdirSync(to, { recursive: true });
  const parts = touched.length === 0 ? ['No series was touched.\n'] : [];
  const codes: number[] = [0];
  for (const series of touched) {
    const looked = await lookAt(series, from, join(to, series));
    parts.push(looked.text);
    codes.push(...looked.codes);
  }
  const summary = parts.join('\n');
  writeFileSync(join(to, 'summary.md'), summary);
  const told = process.env['GITHUB_STEP_SUMMARY'];
  if (told) appendFileSync(told, summary);
  process.stderr.write(`\nsee ${join(to, 'summary.md')}\n`);
  return gravest(codes);
};

const readArguments = () => {
  const options = {
    base: { type: 'string' },
    to: { type: 'string', default: 'pull-request' },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: process.argv.slice(3), options }).values;
  } catch (error) {
    process.exit(usage((error as Error).message));
  }
};

const usage = (what: string): number => {
  process.stderr.write(`kbt: ${what}\n\n${USAGE}`);
  return 64;
};

/** All that is asked about one series, and what came of it. */
const lookAt = async (
  series: string,
  from: string,
  home: string,
): Promise<{ readonly text: string; readonly codes: readonly number[] }> => {
  // What an earlier look left there is not to be taken for this one's.
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const file = (name: string): string => join(home, name);
  const about = ['--series', series];
  const suite = await kbt(
    ...['boot-test', ...about, '--json', file('suite.json'), '--summary', file('suite.md')],
    ...['--junit', file('junit.xml'), '--html', file('index.html')],
    ...['--annotations', file('annotations.txt')],
  );
  // What cannot be built or booted has nothing else to tell.
  if (suite > 1 || !existsSync(file('suite.md'))) {
    const result = readTold(file('suite.json'), suite);
    const said = existsSync(file('suite.md'))
      ? [readFileSync(file('suite.md'), 'utf8')]
      : fenced(result.kind === 'none' ? result.why : [`it ended with exit code ${suite}`]);
    return { text: [heading(series), '', ...said, ''].join('\n'), codes: [suite] };
  }
  // GitHub reads annotations from what a step prints; here it takes commands again by now.
  if (process.env['GITHUB_ACTIONS'])
    process.stderr.write(readFileSync(file('annotations.txt'), 'utf8'));
  const before = await quietly`git cat-file -e ${`${from}:kernel-patches/${series}/series`}`;
  const old = before.exitCode === 0 ? ['--base', from.slice(0, 12)] : [];
  const compared = await kbt('compare', ...about, ...old, '--json', file('compare.json'));
  const coverage = await kbt('coverage', ...about, '--json', file('coverage.json'));
  const cost = await kbt('cost', ...about, '--json', file('cost.json'));
  const told = (name: string, ended: number, render: (value: never) => string) => {
    const result = readTold<never>(file(name), ended);
    return fenced(result.kind === 'none' ? result.why : render(result.value).split('\n'));
  };
  const since = old.length > 0 ? `since ${code(from.slice(0, 12))}` : 'with the new series';
  return {
    text: [
      heading(series),
      '',
      readFileSync(file('suite.md'), 'utf8'),
      `### What changed ${since}`,
      '',
      ...told('compare.json', compared, renderCompared),
      '',
      '### Lines that no test ran',
      '',
      ...told('coverage.json', coverage, renderCoverage),
      '',
      '### What it costs',
      '',
      ...told('cost.json', cost, renderCost),
      '',
    ].join('\n'),
    codes: [suite, compared, coverage, cost],
  };
};

const heading = (series: string): string => `## Series ${code(series)}`;

process.exitCode = await main();
