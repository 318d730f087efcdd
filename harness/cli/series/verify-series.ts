// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { verifySeries } from '../../bisect/verify-series.ts';
import { isVerified, renderVerified, renderVerifiedTap } from '../../report/series/differences.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { attempt } from '../attempt.ts';
import { deliver } from '../results/deliver.ts';
import { specOf, walkIn } from '../options/resolve.ts';
import { resultDirectory } from '../results/outputs.ts';
import type { OutputFiles } from '../results/rendering-options.ts';

export const verifySeriesCommand = async (
  options: OutputFiles,
  command: CommandUnknownOpts,
): Promise<number> => {
  const directory = resultDirectory();
  const done = await attempt(
    async (context) => {
      const asked = await specOf(command, walkIn(directory));
      if (!asked.ok) return asked;
      const prepared = await prepareWithSource(context, asked.value);
      if (!prepared.ok) return prepared;
      const { source, inputs, plan, spec, variant } = prepared.value;
      const { series, fragments } = inputs;
      const patches = { source, series, options: fragments.options, variant };
      return verifySeries(context, patches, plan, spec);
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
