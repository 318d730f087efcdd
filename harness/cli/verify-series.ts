// SPDX-License-Identifier: MIT
import { verifySeries } from '../bisect/verify-series.ts';
import { isVerified, renderVerified, renderVerifiedTap } from '../report/differences.ts';
import { prepareWithSource } from '../run/prepare.ts';
import { attempt } from './attempt.ts';
import { deliver } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import { testingWanted, type TestingOptions } from './testing-options.ts';

export const verifySeriesCommand = async (options: TestingOptions): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const prepared = await prepareWithSource(context, testingWanted(options, directory));
      if (!prepared.ok) return prepared;
      const { source, inputs, plan, run, variant } = prepared.value;
      const { series, fragments } = inputs;
      const patches = { source, series, options: fragments.options, variant };
      return verifySeries(context, patches, plan, run);
    },
    { asLog: true },
  );
  const code = await deliver(done, {
    name: 'verify-series',
    directory,
    options,
    tap: renderVerifiedTap,
    text: renderVerified,
    good: isVerified,
  });
  const stopped = done.result.ok ? done.result.value.stopped : undefined;
  return stopped ? done.refuse(stopped) : code;
};
