// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { readMutants } from '../../check/mutant.ts';
import { runMutants } from '../../check/mutants.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { walkSeries } from './series-walk.ts';

export const mutantsCommand = (
  names: readonly string[],
  options: OutputFiles,
  command: CommandUnknownOpts,
): Promise<number> =>
  walkSeries(undefined, options, command, async (context, wanted) => {
    const mutants = await readMutants(context.project, wanted.series.name, names);
    return mutants.ok ? runMutants(context, wanted, mutants.value) : mutants;
  });
