// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import type { Cost } from '../../measure/cost/cost.ts';
import type { Coverage } from '../../measure/coverage/coverage.ts';
import type { AnyResult, FailedResult, RunResult } from '../../run/result/result.ts';
import { failureLines } from '../terminal/failure.ts';
import { element, escaped } from '../markup.ts';
import { verdictOf } from '../verdict.ts';
import { history, type Earlier } from './history.ts';
import { costTable, coverageTable } from './measures.ts';
import { folded, seconds, section } from './parts.ts';
import { programBox, reportBox, type Around } from './programs.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { timeline } from './timeline.ts';

/** All that a page is made of. */
export interface Page {
  readonly runs: readonly { readonly result: RunResult; readonly around: Around }[];
  /** What came to no run. */
  readonly failed: readonly FailedResult[];
  readonly coverage?: Coverage;
  readonly cost?: Cost;
  readonly earlier: Earlier;
}

/**
 * Runs as one file that fetches nothing, and in which nothing runs but our own few
 * lines; a piece a program.
 */
export function* renderHtml({ runs, failed, coverage, cost, earlier }: Page): Generator<string> {
  const all: readonly AnyResult[] = [...failed, ...runs.map(({ result }) => result)];
  const title = all.map(verdictOf).join('; ');
  const digest = createHash('sha256').update(SCRIPT).digest('base64');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`;
  yield [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    element('title', {}, escaped(title)),
    `<style>${STYLE}</style>`,
    '</head>',
    '<body><main>',
    element('h1', {}, escaped(title)),
    ...failed.flatMap((result) => [failureBox(result), ...timeline(result)]),
    ...runs.flatMap(({ result }) => [facts(result), ...timeline(result)]),
    ...section(
      'Outside any program',
      runs.flatMap(({ result, around }) =>
        result.strayReports.map((report) => reportBox(report, around)),
      ),
    ),
    '<section><h2>Programs</h2>',
    SEARCH,
    '',
  ].join('\n');
  for (const { result, around } of runs)
    for (const program of result.programs) yield `${programBox(program, around)}\n`;
  yield [
    '</section>',
    ...(coverage ? coverageTable(coverage) : []),
    ...(cost ? costTable(cost) : []),
    ...history(earlier),
    '</main>',
    `<script>${SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const SEARCH = element('form', { role: 'search' }, [
  '<label>Search <input id="words" type="search"></label>',
  '<label>Show <select id="which"><option value="all">all<option value="bad">what did not pass<option value="good">what passed<option value="skip">what was skipped</select></label>',
  '<span id="found" role="status"></span>',
]);

/** What failed, and where to look. */
const failureBox = (result: FailedResult): string =>
  folded(`${verdictOf(result)}, ${result.started}`, failureLines(result.failure).join('\n'), {
    open: true,
  });

/** What was tested, with what. */
const facts = (run: RunResult): string => {
  const { source, series, kernel, machine, started, milliseconds, stopped } = run;
  const { release, fingerprint } = kernel;
  const names = series.map(({ name, patches }) => `${name} (${patches.length} patches)`);
  const told: readonly (readonly [string, string])[] = [
    ['Kernel', `Linux ${release}, ${fingerprint.slice(0, 12)}`],
    ['Source', `${source.version} ${source.tree ?? source.flavour}`],
    ['Series', names.join(', ') || 'none'],
    [
      'Machine',
      `${run.architecture}, ${machine.accelerator}, ${machine.cpus} processors, ${machine.memoryMiB} MiB`,
    ],
    ['When', `${started}, ${seconds(milliseconds)}`],
    ...(stopped ? ([['Stopped', stopped.what]] as const) : []),
  ];
  return element(
    'dl',
    {},
    told.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, escaped(value))]),
  );
};
