// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { blamed, describeStackLine, type ExplainedReport } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines, stepsTaken } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { verdictOf } from '../verdict.ts';
import { firstOf, pieceOf, withinLimit, type Piece } from './within-limit.ts';

/** Lists like those of vger.kernel.org take no longer mail, in bytes. */
const LIMIT = 100_000;
/** Of a report so many lines of its log: a mail is read. */
const LOG_LINES = 30;
/** Of what failed in one program. */
const FAILURES = 10;

/**
 * Runs as a reply to a patch has them: plain text that is Markdown as well. What
 * comes from a guest is indented by four, which leaves it as it is in both.
 */
export const renderMail = (runs: readonly AnyResult[]): string =>
  withinLimit(
    runs.flatMap((run, index) => partsOf(run, index === 0 ? [] : [''])),
    LIMIT,
    (leftOut) => `\nLeft out, for lists take no longer mail: ${leftOut}.\n`,
  );

const partsOf = (result: AnyResult, before: readonly string[]): readonly Piece[] => {
  const head = [...before, `${verdictOf(result)}.`, ''];
  if (result.kind === 'run')
    return [
      { ...pieceOf('the head of a run', [...head, ...facts(result)]), first: true },
      ...result.programs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk).map(describe),
      ...result.strayReports.map((report) =>
        pieceOf('a kernel report', ['', 'Outside any program:', ...reportOf(report)]),
      ),
    ];
  const told = quoted([...failureLines(result.failure), stepsTaken(result.steps)]);
  return [pieceOf('what came to no run', [...head, ...told])];
};

const facts = (run: RunResult): readonly string[] => {
  const { series, source, kernel, machine, stopped } = run;
  const applied = series.map(({ name, patches }) => `${name} (${patches.length} patches)`);
  return [
    ...quoted([
      `Linux   ${kernel.release}, source ${source.version} ${source.tree ?? source.flavour}`,
      `series  ${applied.join(', ') || 'none'}`,
      `kernel  ${kernel.fingerprint.slice(0, 12)}`,
      `QEMU    ${run.architecture}, ${machine.accelerator}, ${machine.cpus} processors, ${machine.memoryMiB} MiB`,
    ]),
    ...(stopped
      ? ['', 'The run was stopped:', '', ...quoted([stopped.what, ...stopped.detail.split('\n')])]
      : []),
  ];
};

const describe = (program: ProgramResult): Piece => {
  const { name, outcome, why, reports } = program;
  return pieceOf('a program that did not pass', [
    '',
    `${outcome}:`,
    '',
    ...quoted([
      `${name}${why === undefined ? '' : `: ${why}`}`,
      ...firstOf(
        failuresOf(program).map((one) => `not ok ${one}`),
        FAILURES,
      ).map((line) => `  ${line}`),
    ]),
    ...reports.flatMap(reportOf),
  ]);
};

const reportOf = (report: ExplainedReport): readonly string[] => {
  const at = blamed(report);
  return [
    '',
    ...quoted([
      ...(at ? [`at ${describeStackLine({ ...at, inlined: false })}`] : []),
      ...report.lines.slice(0, LOG_LINES),
    ]),
  ];
};

const quoted = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => `    ${printable(line)}`);
