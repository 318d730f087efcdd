// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { blamed, describeStackLine, type ExplainedReport } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, RunResult } from '../../run/result/result.ts';
import { failureLines, stepsTaken } from '../terminal/failure.ts';
import { failuresOf } from '../failures.ts';
import { verdictOf } from '../verdict.ts';

/** Of a report so many lines of its log: a mail is read. */
const LOG_LINES = 30;
/** Of what failed in one program. */
const FAILURES = 10;

/**
 * Runs as a reply to a patch has them: plain text that is Markdown as well. What
 * comes from a guest is indented by four, which leaves it as it is in both.
 */
export const renderMail = (runs: readonly AnyResult[]): string =>
  `${runs.map((run) => partOf(run).join('\n')).join('\n\n')}\n`;

const partOf = (result: AnyResult): readonly string[] => [
  `${verdictOf(result)}.`,
  '',
  ...(result.kind === 'run'
    ? runLines(result)
    : quoted([...failureLines(result.failure), stepsTaken(result.steps)])),
];

const runLines = (run: RunResult): readonly string[] => {
  const { programs, strayReports, series, source, kernel, machine, stopped } = run;
  const bad = programs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk);
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
    ...bad.flatMap(describe),
    ...strayReports.flatMap((report) => ['', 'Outside any program:', ...reportOf(report)]),
  ];
};

const describe = (program: ProgramResult): readonly string[] => {
  const { name, outcome, why, reports } = program;
  const failures = failuresOf(program);
  const more = failures.length - FAILURES;
  return [
    '',
    `${outcome}:`,
    '',
    ...quoted([
      `${name}${why === undefined ? '' : `: ${why}`}`,
      ...failures.slice(0, FAILURES).map((one) => `  not ok ${one}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ]),
    ...reports.flatMap(reportOf),
  ];
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
