// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { blamed, type ExplainedReport, type StackLine } from '../../run/program/explain.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { verdictOf } from '../verdict.ts';

/** A file of the repository and a line in it, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where in the repository a line of the kernel's source came in, where that is known. */
export type PlaceOf = (line: StackLine) => Place | undefined;

/** GitHub shows so many of a step. */
const SHOWN = 10;

/**
 * What is wrong with runs as workflow commands of GitHub: kernel reports on the line of
 * the patch that is to blame, then what failed. A guest's text cannot end one.
 */
export const renderAnnotations = (runs: readonly AnyResult[], placeOf: PlaceOf): string => {
  const commands = runs.flatMap((run) =>
    run.kind === 'run'
      ? wrongIn(run, placeOf)
      : [command({ title: verdictOf(run) }, failureLines(run.failure))],
  );
  const distinct = [...new Set(commands)];
  return distinct
    .slice(0, SHOWN)
    .map((line) => `${line}\n`)
    .join('');
};

const wrongIn = (run: RunResult, placeOf: PlaceOf): readonly string[] => [
  ...reportsOf(run).map((report) => reported(report, placeOf)),
  ...run.programs
    .filter(({ outcome, reports }) => !OUTCOMES[outcome].tapOk && reports.length === 0)
    .map((program) =>
      command({ title: `${program.name}: ${program.outcome}` }, [
        program.why ?? '',
        ...failuresOf(program).map((name) => `not ok ${name}`),
      ]),
    ),
];

const reportsOf = ({ programs, strayReports }: RunResult): readonly ExplainedReport[] => [
  ...strayReports,
  ...programs.flatMap(({ reports }) => reports),
];

const reported = (report: ExplainedReport, placeOf: PlaceOf): string => {
  const at = blamed(report);
  const place = at && placeOf(at);
  const where = at?.file === undefined ? [] : [`${at.function} ${at.file}:${at.line ?? 0}`];
  return command({ ...place, title: report.kind }, [report.title, ...where]);
};

/** As the runner reads it (actions/toolkit, core/src/command.ts): what would end a part is escaped. */
const command = (
  properties: Readonly<Record<string, string | number>>,
  message: readonly string[],
): string => {
  const given = Object.entries(properties).map(
    ([key, value]) => `${key}=${property(String(value))}`,
  );
  return `::error ${given.join(',')}::${data(message.filter(Boolean).join('\n'))}`;
};

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
