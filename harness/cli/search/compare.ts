// SPDX-License-Identifier: MIT
import { compareEnds } from '../../compare/compare-ends.ts';
import { compare } from '../../compare/compare.ts';
import { isNoWorse, renderCompared, renderComparedTap } from '../../report/series/differences.ts';
import { prepare } from '../../run/prepare.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export interface CompareOptions extends OutputFiles {
  readonly base?: string;
}

export const compareCommand = (options: CompareOptions, invocation: Invocation): Promise<number> =>
  deliverWalk(invocation, options, {
    name: 'compare',
    work: async (context, asked) => {
      const prepared = await prepare(context, asked);
      if (!prepared.ok) return prepared;
      const ends = await compareEnds(context, prepared.value, options.base);
      if (!ends.ok) return ends;
      const { plan, spec } = prepared.value;
      return compare(context, { ...ends.value, plan, spec });
    },
    tap: renderComparedTap,
    text: renderCompared,
    good: isNoWorse,
  });
