// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { failureLines, stepsTaken } from './failure.ts';
import { summariseReports } from '../kernel-reports.ts';
import { verdictOf } from '../verdict.ts';
import { describeProgram, type ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, FailedResult, RunResult } from '../../run/result/result.ts';

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** The last lines on stderr: what failed, how many passed, where to look. */
export const renderSummary = (result: AnyResult, directory: string): string =>
  [
    ...(result.kind === 'run' ? whatWasWrong(result) : howFar(result)),
    `${verdictOf(result)}, in ${seconds(result.milliseconds)}; see ${directory}`,
  ].join('\n');

const howFar = ({ failure, steps }: FailedResult): readonly string[] => [
  ...failureLines(failure),
  stepsTaken(steps),
];

const isNews = ({ outcome, known }: ProgramResult): boolean =>
  outcome !== 'not-run' && known === undefined;

/** Of several series on one kernel the one whose program it is. */
const ofSeries = ({ series: all }: RunResult, { series }: ProgramResult): string =>
  all.length > 1 && series !== undefined ? `${series}: ` : '';

/** Behind what is news. */
const describeKnown = ({ name, outcome, known = '' }: ProgramResult): string =>
  `${name}: ${outcome}, as is known: ${known}`;

const whatWasWrong = (result: RunResult): readonly string[] => {
  const { programs, strayReports, stopped } = result;
  const bad = programs.filter((p) => !OUTCOMES[p.outcome].tapOk);
  return [
    ...(stopped
      ? [
          printable(stopped.what),
          ...stopped.detail
            .split('\n')
            .filter(Boolean)
            .map((l) => `  | ${printable(l)}`),
        ]
      : []),
    ...strayReports.map((r) => `outside any program, ${r.kind}: ${printable(r.title)}`),
    ...summariseReports(result).map(printable),
    ...bad.filter(isNews).map((p) => printable(`${ofSeries(result, p)}${describeProgram(p)}`)),
    ...bad.filter((p) => p.known !== undefined).map((p) => printable(describeKnown(p))),
  ];
};
