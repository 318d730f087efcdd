// SPDX-License-Identifier: MIT
import { compareEnds } from '../bisect/compare-ends.ts';
import { compare } from '../bisect/compare.ts';
import { isNoWorse, renderCompared, renderComparedTap } from '../report/differences.ts';
import { prepare } from '../run/prepare.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export interface CompareOptions extends TestingOptions {
  readonly base?: string;
}

export const compareCommand = async (options: CompareOptions): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const wanted = testingWanted(options, directory);
      const prepared = await prepare(context, wanted);
      if (!prepared.ok) return prepared;
      const ends = await compareEnds(context, wanted, prepared.value, options.base);
      if (!ends.ok) return ends;
      const { plan, run } = prepared.value;
      return compare(context, ends.value.base, ends.value.patched, plan, run);
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
