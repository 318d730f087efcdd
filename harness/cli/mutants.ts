// SPDX-License-Identifier: MIT
import { readMutants } from '../check/mutant.ts';
import { runMutants } from '../check/mutants.ts';
import { walkSeries, type SeriesWalkOptions } from './series-walk.ts';

export const mutantsCommand = (
  names: readonly string[],
  options: SeriesWalkOptions & { readonly series?: readonly string[] },
): Promise<number> =>
  walkSeries(options.series, options, async (context, wanted) => {
    const mutants = await readMutants(context.project, wanted.series.name, names);
    return mutants.ok ? runMutants(context, wanted, mutants.value) : mutants;
  });
