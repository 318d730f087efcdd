// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../base/outcome.ts';
import type { AnyResult, RunResult } from '../run/result/result.ts';

/** How a run ended, in words: `20 of 22 programs passed, 1 skipped, 1 did not`; no words of a guest's. */
export const verdictOf = (result: AnyResult): string => {
  const verdict = result.kind === 'run' ? inPrograms(result) : `no run, ${result.failure.code}`;
  return result.cell === undefined ? verdict : `${result.cell}: ${verdict}`;
};

const inPrograms = ({ programs, strayReports, baseReports }: RunResult): string => {
  const count = (outcome: string) => programs.filter((p) => p.outcome === outcome).length;
  const bad = programs.filter(({ outcome }) => !OUTCOMES[outcome].tapOk).length;
  const stray = strayReports.length;
  const races = baseReports.length;
  return [
    `${count('pass')} of ${programs.length} programs passed`,
    ...(count('skip') > 0 ? [`${count('skip')} skipped`] : []),
    ...(bad > 0 ? [`${bad} did not`] : []),
    ...(stray > 0 ? [`${stray} kernel reports outside any program`] : []),
    ...(races > 0 ? [`${races} data races are the base kernel's own and do not count`] : []),
  ].join(', ');
};
