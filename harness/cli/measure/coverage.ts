// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { join } from 'node:path';
import { coverage } from '../../measure/coverage/coverage.ts';
import { renderCoverageHtml } from '../../report/series/coverage-html.ts';
import { isCovered, renderCoverage, renderCoverageTap } from '../../report/series/coverage.ts';
import { renderLcov } from '../../report/series/lcov.ts';
import { attempt } from '../attempt.ts';
import { deliver } from '../results/deliver.ts';
import { specOf } from '../options/resolve.ts';
import { resultDirectory } from '../results/outputs.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

export interface CoverageOptions extends OutputFiles {
  readonly min: number;
  readonly count?: readonly string[];
  readonly html?: string;
  readonly lcov?: string;
}

export const coverageCommand = async (
  options: CoverageOptions,
  command: CommandUnknownOpts,
): Promise<number> => {
  const directory = resultDirectory();
  const { min, count = [] } = options;
  const done = await attempt(async (context) => {
    const asked = await specOf(command, { over: { output: { directory } } });
    return asked.ok ? coverage(context, asked.value, count) : asked;
  });
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
