// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../harness/base/outcome.ts';
import type { AnyResult } from '../../harness/run/result/result.ts';
import { failureLines } from '../../harness/report/terminal/failure.ts';
import { failuresOf } from '../../harness/report/failures.ts';

/** One thing that is wrong this night, wherever it shows. */
export interface Regression {
  /** The same in every night: by it an issue is found again. */
  readonly key: string;
  readonly title: string;
  /** The cells that show it, and the run of the first of them. */
  readonly cells: readonly string[];
  readonly run: AnyResult;
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
export const regressionsIn = (runs: readonly AnyResult[]): readonly Regression[] => {
  const seen = runs.flatMap((run) => seenIn(run));
  const keys = [...new Set(seen.map(({ key }) => key))];
  return keys.flatMap((key) => {
    const [first, ...others] = seen.filter((one) => one.key === key);
    return first ? [{ ...first, cells: [first, ...others].map(({ run }) => run.cell ?? '') }] : [];
  });
};

const seenIn = (run: AnyResult): readonly Seen[] => {
  const [series = ''] = (run.cell ?? '').split('/');
  const whole = (how: 'build' | 'boot', excerpt: readonly string[]): readonly Seen[] => [
    {
      key: `${series} ${how}`,
      title: `${series} does not ${how}`,
      run,
      question: [`--${how}`],
      excerpt: excerpt.slice(0, LINES),
    },
  ];
  if (run.kind === 'failed')
    return run.failure.kind === 'unbuildable' ? whole('build', failureLines(run.failure)) : [];
  const { stopped, programs, strayReports } = run;
  if (stopped?.by === 'environment') return [];
  if (stopped) return whole('boot', [stopped.what, ...stopped.detail.split('\n')]);
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
