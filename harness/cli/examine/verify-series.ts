// SPDX-License-Identifier: MIT
import { verifySeries } from '../../compare/verify-series.ts';
import { isVerified, renderVerified, renderVerifiedTap } from '../../report/series/differences.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export const verifySeriesCommand = (
  options: OutputFiles,
  invocation: Invocation,
): Promise<number> =>
  deliverWalk(invocation, options, {
    name: 'verify-series',
    work: async (context, asked) => {
      const prepared = await prepareWithSource(context, asked);
      if (!prepared.ok) return prepared;
      const { source, inputs, plan, spec, variant } = prepared.value;
      const { series, fragments } = inputs;
      const patches = { source, series, options: fragments.options, variant };
      return verifySeries(context, { patches, plan, spec });
    },
    tap: renderVerifiedTap,
    text: renderVerified,
    good: isVerified,
  });
