// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { describeStackLine, type ExplainedReport } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines, stepsTaken } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { cell, code, fenced } from './markdown.ts';
import { verdictOf } from '../verdict.ts';
import { firstOf, pieceOf, withinLimit, type Piece } from './within-limit.ts';

/** GitHub takes no summary of a step beyond 1 MiB. */
const LIMIT = 1024 * 1024;
/** Of a report so many lines of its log. */
const LOG_LINES = 60;
/** Of what failed in one program. */
const FAILURES = 100;

/** Runs as GitHub's job summary has them (GFM): a section a run, what failed before what passed. */
export const renderJobSummary = (runs: readonly AnyResult[]): string =>
  withinLimit(
    runs.flatMap(piecesOf),
    LIMIT,
    (leftOut) => `\nLeft out, for GitHub takes no more: ${leftOut}.\n`,
  );

const piecesOf = (result: AnyResult): readonly Piece[] => {
  const head = ['', `### ${result.exitCode === 0 ? '✅' : '❌'} ${verdictOf(result)}`, ''];
  if (result.kind === 'run')
    return [
      { ...pieceOf('the head of a run', [...head, ...facts(result)]), first: true },
      ...parts(result),
    ];
  const { failure, steps } = result;
  const told = [...fenced(failureLines(failure)), '', code(stepsTaken(steps))];
  return [pieceOf('what came to no run', [...head, ...told])];
};

const facts = ({
  kernel,
  machine,
  series,
  architecture,
  stopped,
}: RunResult): readonly string[] => {
  const names = series.map(({ name }) => code(name)).join(', ') || 'no series';
  return [
    `Linux ${code(kernel.release)}, ${names}, ${architecture}, ${machine.accelerator}, ${machine.cpus} processors`,
    ...(stopped ? ['', `Stopped: ${code(stopped.what)}`] : []),
  ];
};

const parts = ({ programs, strayReports }: RunResult): readonly Piece[] => {
  const bad = programs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk);
  const good = programs.filter(({ outcome }) => OUTCOMES[outcome].tapOk);
  const fold = `<details><summary>${good.length} passed or were skipped</summary>`;
  return [
    ...(bad.length > 0
      ? [{ ...pieceOf('a table of what did not pass', table(bad)), first: true }]
      : []),
    ...bad.flatMap(detailsOf),
    ...strayReports.map((report) =>
      pieceOf('a kernel report', ['', '**Outside any program**', ...reportOf(report)]),
    ),
    ...(good.length > 0
      ? [pieceOf('a table of what passed', ['', fold, ...table(good), '', '</details>'])]
      : []),
  ];
};

const table = (programs: readonly ProgramResult[]): readonly string[] => [
  '',
  '| program | outcome | time | why |',
  '|---|---|--:|---|',
  ...programs.map(
    ({ name, outcome, milliseconds, why = '' }) =>
      `| ${cell(name)} | ${outcome} | ${(milliseconds / 1000).toFixed(1)} s | ${cell(why)} |`,
  ),
];

const detailsOf = (program: ProgramResult): readonly Piece[] => {
  const failures = failuresOf(program);
  const list = firstOf(failures.map(code), FAILURES).map((name) => `- ${name}`);
  return [
    ...(failures.length > 0
      ? [pieceOf('what failed in a program', ['', `Failed in ${code(program.name)}:`, '', ...list])]
      : []),
    ...program.reports.map((report) => pieceOf('a kernel report', reportOf(report))),
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
