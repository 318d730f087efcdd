// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { blamed, type ExplainedReport, type StackLine } from '../../run/program/explain.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { verdictOf } from '../verdict.ts';
import { firstOf } from './within-limit.ts';

/** A file of the repository and a line in it, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where in the repository a line of the kernel's source came in, where that is known. */
export type PlaceOf = (line: StackLine) => Place | undefined;

/** GitHub shows so many errors of a step, and as many notices. */
const SHOWN = 10;
/** Of a message so much, and of a title, in characters. */
const LONGEST = { message: 4096, title: 255 };

/**
 * What is wrong with runs as workflow commands of GitHub: kernel reports on the line of
 * the patch that is to blame, then what failed. What GitHub would not show is left out,
 * and a notice says how much that is. A guest's text cannot end a command.
 */
export const renderAnnotations = (runs: readonly AnyResult[], placeOf: PlaceOf): string => {
  const commands = runs.flatMap((run) =>
    run.kind === 'run'
      ? wrongIn(run, placeOf)
      : [command({ title: verdictOf(run) }, failureLines(run.failure))],
  );
  const distinct = [...new Set(commands)];
  const more = distinct.length - SHOWN;
  const left = `::notice title=Left out::${more} more annotations: GitHub shows ${SHOWN} of a step`;
  return [...distinct.slice(0, SHOWN), ...(more > 0 ? [left] : [])]
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
  { title, ...place }: Partial<Place> & { readonly title: string },
  message: readonly string[],
): string => {
  const given = Object.entries({ ...place, title: title.slice(0, LONGEST.title) }).map(
    ([key, value]) => `${key}=${property(String(value))}`,
  );
  return `::error ${given.join(',')}::${data(shortened(message.filter(Boolean)).join('\n'))}`;
};

/** The lines that fit, of the first one as much as does, and how many there are besides. */
const shortened = ([first = '', ...others]: readonly string[]): readonly string[] => {
  const most = LONGEST.message - 'and 1000000 more'.length;
  const head = first.length < most ? first : `${first.slice(0, most - 2)}…`;
  let length = head.length;
  const cut = others.findIndex((line) => (length += 1 + line.length) >= most);
  return [head, ...firstOf(others, cut === -1 ? others.length : cut)];
};

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
