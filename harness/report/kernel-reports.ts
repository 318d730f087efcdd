// SPDX-License-Identifier: MIT
import { blamed, describeStackLine, type ExplainedReport } from '../run/program/explain.ts';
import type { RunResult } from '../run/result/result.ts';

/** One report as a YAML block holds it. */
export const reportData = (report: ExplainedReport) => ({
  kind: report.kind,
  title: report.title,
  fingerprint: report.fingerprint,
  ...(report.times > 1 ? { times: report.times } : {}),
  ...(report.stack.length > 0 ? { stack: report.stack.map(describeStackLine) } : {}),
  log: report.lines,
});

/** Of each distinct report of a run one line: what, how often, and where to look first. */
export const summariseReports = ({ programs, strayReports }: RunResult): readonly string[] => {
  const found = new Map<string, { report: ExplainedReport; times: number }>();
  const runs = programs.flatMap((program) => program.runs ?? [program]);
  for (const report of [...strayReports, ...runs.flatMap(({ reports }) => reports)]) {
    const known = found.get(report.fingerprint);
    if (known) known.times += report.times;
    else found.set(report.fingerprint, { report, times: report.times });
  }
  return [...found.values()].map(({ report, times }) => {
    const at = blamed(report);
    const often = times > 1 ? ` (${times} times)` : '';
    const where = at ? `, at ${describeStackLine({ ...at, inlined: false })}` : '';
    return `${report.kind} ${report.fingerprint}${often}: ${report.title}${where}`;
  });
};
