// SPDX-License-Identifier: MIT
import { resolve } from 'node:path';
import { cost } from '../../measure/cost/cost.ts';
import { isCheap, renderCost, renderCostTap, type Limit } from '../../report/series/cost.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export interface CostOptions extends OutputFiles {
  readonly max?: readonly Limit[];
  readonly probeDir?: readonly string[];
  readonly runs: number;
}

export const costCommand = (options: CostOptions, invocation: Invocation): Promise<number> => {
  const { max = [], probeDir = [], runs } = options;
  const probeDirectories = probeDir.map((home) => resolve(home));
  return deliverWalk(invocation, options, {
    name: 'cost',
    patches: { over: { machine: { accelerator: 'tcg' } } },
    work: (context, spec) => cost(context, spec, { probeDirectories, runs }),
    tap: renderCostTap(max),
    text: renderCost,
    good: isCheap(max),
  });
};
