// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../harness/base/outcome.ts';
import type { RunResult } from '../../harness/run/result.ts';
import { failuresOf } from '../../harness/report/failures.ts';

/** One thing that is wrong this night, wherever it shows. */
export interface Regression {
  /** The same in every night: by it an issue is found again. */
  readonly key: string;
  readonly title: string;
  /** The cells that show it, and the run of the first of them. */
  readonly cells: readonly string[];
  readonly run: RunResult;
  /** How a bisection is asked for it. */
  readonly question: readonly string[];
  /** Of the run of that cell what tells about it: text of a guest's, or of a compiler's. */
  readonly excerpt: readonly string[];
}

type Seen = Omit<Regression, 'cells'>;

/** So much of a log is in an issue. */
const LINES = 60;

/**
 * What is wrong in the cells of a night, each thing once. A machine that failed is no
 * regression: the night is not green, and there is nothing to search for.
 */
export const regressionsIn = (runs: readonly RunResult[]): readonly Regression[] => {
  const seen = runs.flatMap((run) => seenIn(run));
  const keys = [...new Set(seen.map(({ key }) => key))];
  return keys.flatMap((key) => {
    const [first, ...others] = seen.filter((one) => one.key === key);
    return first ? [{ ...first, cells: [first, ...others].map(({ run }) => run.cell ?? '') }] : [];
  });
};

const seenIn = (run: RunResult): readonly Seen[] => {
  const [series = ''] = (run.cell ?? '').split('/');
  const { stopped, programs, strayReports, exitCode } = run;
  if (stopped?.by === 'environment') return [];
  if (stopped) {
    const how = exitCode === 2 ? 'build' : 'boot';
    return [
      {
        key: `${series} ${how}`,
        title: `${series} does not ${how}`,
        run,
        question: [`--${how}`],
        excerpt: [stopped.what, ...stopped.detail.split('\n')].slice(0, LINES),
      },
    ];
  }
  const broken = programs.filter(
    ({ outcome }) => !OUTCOMES[outcome].tapOk && OUTCOMES[outcome].kcidb !== 'MISS',
  );
  return [
    ...broken.map((program) => ({
      key: `${series} ${program.name}`,
      title: `${series}: ${program.name}: ${program.outcome}`,
      run,
      question: ['--test', program.name],
      excerpt: [
        ...(program.why === undefined ? [] : [program.why]),
        ...failuresOf(program).map((name) => `not ok ${name}`),
        ...program.reports.flatMap(({ lines }) => lines),
      ].slice(0, LINES),
    })),
    ...strayReports.map(({ fingerprint, title, lines }) => ({
      key: `${series} report ${fingerprint}`,
      title: `${series}: ${title}`,
      run,
      question: ['--report', fingerprint],
      excerpt: lines.slice(0, LINES),
    })),
  ];
};
