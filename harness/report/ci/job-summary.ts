// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { describeStackLine, type ExplainedReport } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines, stepsTaken } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { cell, code, fenced } from './markdown.ts';
import { verdictOf } from '../verdict.ts';

/** GitHub takes no summary of a step beyond 1 MiB. */
const LIMIT = 1024 * 1024;
/** Of a report so many lines of its log. */
const LOG_LINES = 60;

/** Runs as GitHub's job summary has them (GFM): a section a run, what failed before what passed. */
export const renderJobSummary = (runs: readonly AnyResult[]): string => {
  const text = `${runs.map((run) => sectionOf(run).join('\n')).join('\n\n')}\n`;
  if (Buffer.byteLength(text) <= LIMIT) return text;
  const note = '\n\nCut here: GitHub takes no more.\n';
  return (
    Buffer.from(text)
      .subarray(0, LIMIT - note.length)
      .toString('utf8') + note
  );
};

const sectionOf = (result: AnyResult): readonly string[] => [
  `### ${result.exitCode === 0 ? '✅' : '❌'} ${verdictOf(result)}`,
  '',
  ...(result.kind === 'run'
    ? runLines(result)
    : [...fenced(failureLines(result.failure)), '', code(stepsTaken(result.steps))]),
];

const runLines = (run: RunResult): readonly string[] => {
  const { programs, kernel, machine, series, strayReports } = run;
  const bad = programs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk);
  const good = programs.filter(({ outcome }) => OUTCOMES[outcome].tapOk);
  const names = series.map(({ name }) => code(name)).join(', ') || 'no series';
  return [
    `Linux ${code(kernel.release)}, ${names}, ${run.architecture}, ${machine.accelerator}, ${machine.cpus} processors`,
    ...(run.stopped ? ['', `Stopped: ${code(run.stopped.what)}`] : []),
    ...table(bad),
    ...bad.flatMap(detailsOf),
    ...(strayReports.length > 0
      ? ['', '**Outside any program**', ...strayReports.flatMap(reportOf)]
      : []),
    ...(good.length > 0
      ? [
          '',
          `<details><summary>${good.length} passed or were skipped</summary>`,
          ...table(good),
          '',
          '</details>',
        ]
      : []),
  ];
};

const table = (programs: readonly ProgramResult[]): readonly string[] =>
  programs.length === 0
    ? []
    : [
        '',
        '| program | outcome | time | why |',
        '|---|---|--:|---|',
        ...programs.map(
          ({ name, outcome, milliseconds, why = '' }) =>
            `| ${cell(name)} | ${outcome} | ${(milliseconds / 1000).toFixed(1)} s | ${cell(why)} |`,
        ),
      ];

const detailsOf = (program: ProgramResult): readonly string[] => {
  const failures = failuresOf(program);
  return [
    ...(failures.length > 0 ? ['', `Failed in ${code(program.name)}:`, ''] : []),
    ...failures.map((name) => `- ${code(name)}`),
    ...program.reports.flatMap(reportOf),
  ];
};

const reportOf = ({ kind, title, times, stack, lines }: ExplainedReport): readonly string[] => [
  '',
  `<details><summary>${kind}${times > 1 ? `, ${times} times` : ''}</summary>`,
  '',
  code(title),
  '',
  ...(stack.length > 0 ? fenced(stack.map(describeStackLine)) : []),
  '',
  ...fenced(lines.slice(0, LOG_LINES)),
  '',
  '</details>',
];
