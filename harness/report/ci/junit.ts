// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { failed, skipped, type KtapResult } from '../../ktap/read.ts';
import { describeStackLine, type ExplainedReport } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import type { AnyResult, FailedResult, RunResult } from '../../run/result/result.ts';
import { failureLines, nameOfFailed, stepsTaken } from '../terminal/failure.ts';
import { element, escaped } from '../markup.ts';

/**
 * Runs as JUnit XML: a suite a program. Its first case is the program itself, with
 * its outcome; the others are its results, which say nothing of a program that broke.
 * Valid by the schema of Jenkins, which is the one that knows what is skipped. A
 * piece a suite.
 */
export function* renderJunit(runs: readonly AnyResult[]): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  let id = 0;
  for (const run of runs) for (const render of suitesOf(run)) yield `${render(id++)}\n`;
  yield '</testsuites>\n';
}

function* suitesOf(run: AnyResult): Generator<(id: number) => string> {
  if (run.kind === 'failed') {
    yield suiteOfFailed(run);
    return;
  }
  for (const program of run.programs) yield suiteOfProgram(run, program);
  if (run.strayReports.length > 0) yield suiteOfProgram(run, outside(run.strayReports));
}

/** Kernel reports that no program has to do with, as if they were one's. */
const outside = (reports: readonly ExplainedReport[]): ProgramResult => ({
  name: 'the kernel outside any program',
  outcome: 'kernel-report',
  why: reports.map(({ title }) => title).join('; '),
  milliseconds: 0,
  results: [],
  reports,
  boot: 0,
});

interface Case {
  readonly name: string;
  readonly milliseconds: number;
  readonly kind: 'failure' | 'error' | 'skipped' | undefined;
  readonly type: string;
  readonly why: string;
  readonly detail: string;
}

interface Suite {
  readonly name: string;
  readonly milliseconds: number;
  readonly cases: readonly Case[];
  readonly properties: Readonly<Record<string, string>>;
  readonly log: readonly string[];
}

const suiteOfProgram = (run: RunResult, program: ProgramResult) => {
  const { kernel, machine, source, series } = run;
  return suiteOf(run, {
    name: program.name,
    milliseconds: program.milliseconds,
    cases: [caseOf(program), ...program.results.flatMap((result) => leavesOf(result, []))],
    properties: {
      kernel: kernel.release,
      fingerprint: kernel.fingerprint,
      source: `${source.version} ${source.flavour}`,
      series: series.map(({ name }) => name).join(' '),
      architecture: run.architecture,
      accelerator: machine.accelerator,
      outcome: program.outcome,
    },
    log: program.reports.flatMap(({ lines }) => lines),
  });
};

/** What came to no run is an error of no program. */
const suiteOfFailed = (run: FailedResult) => {
  const { failure, milliseconds, steps } = run;
  const detail = [...failureLines(failure), stepsTaken(steps)].join('\n');
  const why = { kind: 'error', type: failure.code, why: failure.what, detail } as const;
  return suiteOf(run, {
    name: nameOfFailed(run),
    milliseconds,
    cases: [{ name: 'it comes to a run', milliseconds, ...why }],
    properties: { outcome: 'no run' },
    log: [],
  });
};

const suiteOf = (run: AnyResult, { name, milliseconds, cases, properties, log }: Suite) => {
  const count = (kind: Case['kind']): number => cases.filter((one) => one.kind === kind).length;
  return (id: number): string =>
    element(
      'testsuite',
      {
        name: token(name),
        package: token(run.cell ?? 'kbt'),
        id,
        // The schema of Ant knows no zone.
        timestamp: run.started.replace(/\.\d+Z$/, ''),
        hostname: 'localhost',
        tests: cases.length,
        failures: count('failure'),
        errors: count('error'),
        skipped: count('skipped'),
        time: seconds(milliseconds),
      },
      [
        '',
        element(
          'properties',
          {},
          Object.entries(properties).map(([key, value]) =>
            element('property', { name: key, value }),
          ),
        ),
        ...cases.map((one) => renderCase(name, one)),
        element('system-out', {}),
        element('system-err', {}, log.map((line) => escaped(`${line}\n`)).join('')),
        '',
      ],
    );
};

const caseOf = ({
  name,
  outcome,
  why = '',
  milliseconds,
  reports,
  stuck,
}: ProgramResult): Case => ({
  name,
  milliseconds,
  kind: OUTCOMES[outcome].junit,
  type: outcome,
  why,
  detail: [
    ...reports.flatMap(({ kind, title, stack }) => [
      `${kind}: ${title}`,
      ...stack.map((line) => `  ${describeStackLine(line)}`),
    ]),
    ...(stuck?.tasks ?? []),
  ].join('\n'),
});

/** The results that hold no others, each by the names that lead to it. */
const leavesOf = (result: KtapResult, above: readonly string[]): readonly Case[] => {
  const path = [...above, result.name];
  if (result.children.length > 0) return result.children.flatMap((child) => leavesOf(child, path));
  const kind = failed(result) ? 'failure' : skipped(result) ? 'skipped' : undefined;
  const why = result.reason === '' ? (result.directive ?? '') : result.reason;
  return [{ name: path.join(' > '), milliseconds: 0, kind, type: kind ?? 'pass', why, detail: '' }];
};

const renderCase = (
  program: string,
  { name, milliseconds, kind, type, why, detail }: Case,
): string => {
  const inner =
    kind === undefined
      ? ''
      : kind === 'skipped'
        ? element(kind, {}, escaped(why))
        : element(kind, { message: why, type }, escaped(detail));
  return element(
    'testcase',
    { name: token(name), classname: token(program), time: seconds(milliseconds) },
    inner,
  );
};

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

/** The schema's token: something, in one line. */
const token = (text: string): string => text.replace(/\s+/g, ' ').trim() || '(without a name)';
