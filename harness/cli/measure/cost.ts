// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import { cost } from '../../measure/cost/cost.ts';
import { isCheap, renderCost, renderCostTap, type Limit } from '../../report/series/cost.ts';
import { attempt } from '../attempt.ts';
import { deliver } from '../results/deliver.ts';
import { specOf } from '../options/resolve.ts';
import { resultDirectory } from '../results/outputs.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

export interface CostOptions extends OutputFiles {
  readonly max?: readonly Limit[];
  readonly probeDir?: readonly string[];
  readonly runs: number;
}

export const costCommand = async (
  options: CostOptions,
  command: CommandUnknownOpts,
): Promise<number> => {
  const directory = resultDirectory();
  const { max = [], probeDir = [], runs } = options;
  const done = await attempt(
    async (context) => {
      const own = { machine: { accelerator: 'tcg' }, output: { directory } } as const;
      const asked = await specOf(command, { over: own });
      const probeDirectories = probeDir.map((home) => resolve(home));
      return asked.ok ? cost(context, asked.value, { probeDirectories, runs }) : asked;
    },
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
