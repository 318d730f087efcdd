// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { compareEnds } from '../../bisect/compare-ends.ts';
import { compare } from '../../bisect/compare.ts';
import { isNoWorse, renderCompared, renderComparedTap } from '../../report/series/differences.ts';
import { prepare } from '../../run/prepare.ts';
import { attempt } from '../attempt.ts';
import { deliver } from '../results/deliver.ts';
import { specOf, walkIn } from '../options/resolve.ts';
import { resultDirectory } from '../results/outputs.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

export interface CompareOptions extends OutputFiles {
  readonly base?: string;
}

export const compareCommand = async (
  options: CompareOptions,
  command: CommandUnknownOpts,
): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const asked = await specOf(command, walkIn(directory));
      if (!asked.ok) return asked;
      const prepared = await prepare(context, asked.value);
      if (!prepared.ok) return prepared;
      const ends = await compareEnds(context, prepared.value, options.base);
      if (!ends.ok) return ends;
      const { plan, spec } = prepared.value;
      return compare(context, ends.value.base, ends.value.patched, plan, spec);
    },
    { asLog: true },
  );
  return deliver(done, {
    name: 'compare',
    directory,
    options,
    tap: renderComparedTap,
    text: renderCompared,
    good: isNoWorse,
  });
};
