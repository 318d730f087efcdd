// SPDX-License-Identifier: MIT
import { compare } from '../bisect/compare.ts';
import { prefixCandidate } from '../bisect/patches.ts';
import { isNoWorse, renderCompared, renderComparedTap } from '../report/differences.ts';
import { prepareWithSource } from '../run/prepare.ts';
import { filesTouched } from '../series/prefix.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import { repositoryRoot } from './session.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export const compareCommand = async (options: TestingOptions): Promise<number> => {
  const directory = resultDirectory(repositoryRoot());
  const done = await attempt(
    async (context) => {
      const prepared = await prepareWithSource(context, testingWanted(options, directory));
      if (!prepared.ok) return prepared;
      const { source, inputs, plan, run, variant } = prepared.value;
      const { series, fragments } = inputs;
      const all = series.flatMap((one) => one.patches);
      const watched = [...new Set(all.flatMap(filesTouched))];
      const patches = { source, series, options: fragments.options, variant, watched };
      const patched = prefixCandidate(patches, all.length);
      const names = series.map(({ name }) => name).join(', ');
      return compare(
        context,
        prefixCandidate(patches, 0),
        { ...patched, label: `with ${names}` },
        plan,
        run,
      );
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
