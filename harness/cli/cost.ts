// SPDX-License-Identifier: MIT
import { resolve } from 'node:path';
import { cost } from '../measure/cost.ts';
import { isCheap, renderCost, renderCostTap, type Limit } from '../report/cost.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export interface CostOptions extends TestingOptions {
  readonly max?: readonly Limit[];
  readonly probeDir?: readonly string[];
  readonly runs: number;
  readonly patches?: number;
}

export const costCommand = async (options: CostOptions): Promise<number> => {
  const directory = resultDirectory();
  const { max = [], probeDir = [], runs, patches } = options;
  const done = await attempt(
    (context) =>
      cost(context, {
        ...testingWanted(options, directory),
        accelerator: 'tcg',
        probeDirectories: probeDir.map((home) => resolve(home)),
        runs,
        ...(patches === undefined ? {} : { patches }),
      }),
    { asLog: true },
  );
  return deliver(done, {
    name: 'cost',
    directory,
    options,
    tap: renderCostTap(max),
    text: renderCost,
    good: isCheap(max),
  });
};
