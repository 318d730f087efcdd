// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { coverage } from '../measure/coverage.ts';
import { renderCoverageHtml } from '../report/coverage-html.ts';
import { isCovered, renderCoverage, renderCoverageTap } from '../report/coverage.ts';
import { renderLcov } from '../report/lcov.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export interface CoverageOptions extends TestingOptions {
  readonly min: number;
  readonly count?: readonly string[];
  readonly jobs: number;
  readonly html?: string;
  readonly lcov?: string;
}

export const coverageCommand = async (options: CoverageOptions): Promise<number> => {
  const directory = resultDirectory();
  const { min, count = [], jobs } = options;
  const done = await attempt((context) =>
    coverage(context, { ...testingWanted(options, directory), count, jobs }),
  );
  return deliver(done, {
    name: 'coverage',
    directory,
    options,
    tap: renderCoverageTap(min),
    text: renderCoverage,
    more: [
      [join(directory, 'coverage.html'), renderCoverageHtml],
      [options.html, renderCoverageHtml],
      [join(directory, 'coverage.info'), renderLcov],
      [options.lcov, renderLcov],
    ],
    good: isCovered(min),
  });
};
