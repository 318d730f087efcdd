// SPDX-License-Identifier: MIT
import { coverage } from '../../measure/coverage/coverage.ts';
import { renderCoverageHtml } from '../../report/series/coverage-html.ts';
import { isCovered, renderCoverage, renderCoverageTap } from '../../report/series/coverage.ts';
import { renderLcov } from '../../report/series/lcov.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export interface CoverageOptions extends OutputFiles {
  readonly min: number;
  readonly count?: readonly string[];
  readonly html?: string;
  readonly lcov?: string;
}

export const coverageCommand = (
  options: CoverageOptions,
  invocation: Invocation,
): Promise<number> => {
  const { min, count = [], html, lcov } = options;
  return deliverWalk(invocation, options, {
    name: 'coverage',
    patches: {},
    asLog: false,
    work: (context, spec) => coverage(context, spec, count),
    tap: renderCoverageTap(min),
    text: renderCoverage,
    more: [
      { name: 'coverage.html', file: html, render: renderCoverageHtml },
      { name: 'coverage.info', file: lcov, render: renderLcov },
    ],
    good: isCovered(min),
  });
};
