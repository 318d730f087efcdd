// SPDX-License-Identifier: MIT
import { readMutants } from '../../check/mutant.ts';
import { runMutants } from '../../check/mutants.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { walkSeries } from './series-walk.ts';

export const mutantsCommand = (
  names: readonly string[],
  options: OutputFiles,
  invocation: Invocation,
): Promise<number> =>
  walkSeries(invocation, options, {
    work: async (context, walk) => {
      const mutants = await readMutants(context.project, walk.series.name, names);
      return mutants.ok ? runMutants(context, walk, mutants.value) : mutants;
    },
  });
