// SPDX-License-Identifier: MIT
import { ok } from '../../base/result.ts';
import { candidatesToVerify, verifySeries } from '../../compare/verify-series.ts';
import { isVerified, renderVerified, renderVerifiedTap } from '../../report/series/differences.ts';
import { renderForeseenKernels } from '../../report/series/foreseen.ts';
import { lookingOnly, NOT_HERE, prepareAtHand } from '../../run/foresee/at-hand.ts';
import { prepareWithSource, type Sourced } from '../../run/prepare.ts';
import { foreseeCandidates } from '../../trial/foresee.ts';
import type { PatchesOptions } from '../../trial/prefix-candidate.ts';
import { dryRun, type DryRunOption, type Foresee } from '../dry-run.ts';
import type { Invocation } from '../invocation.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export const verifySeriesCommand = (
  options: OutputFiles & DryRunOption,
  invocation: Invocation,
): Promise<number> => (options.dryRun ? dryRun(invocation, foresee) : verify(options, invocation));

const foresee: Foresee = async (outer, asked) => {
  const context = lookingOnly(outer);
  const prepared = await prepareAtHand(context, asked);
  if (!prepared.ok) return prepared;
  if (!prepared.value) return ok([NOT_HERE]);
  const found = await foreseeCandidates(context, candidatesToVerify(patchesOf(prepared.value)));
  return found.ok ? ok(renderForeseenKernels(found.value)) : found;
};

const patchesOf = ({ source, inputs, variant }: Sourced): PatchesOptions => ({
  ...{ source, series: inputs.series, variant },
  options: inputs.fragments.options,
  modules: inputs.modules,
});

const verify = (options: OutputFiles, invocation: Invocation): Promise<number> =>
  deliverWalk(invocation, options, {
    name: 'verify-series',
    work: async (context, asked) => {
      const prepared = await prepareWithSource(context, asked);
      if (!prepared.ok) return prepared;
      const { plan, spec } = prepared.value;
      return verifySeries(context, { patches: patchesOf(prepared.value), plan, spec });
    },
    tap: renderVerifiedTap,
    text: renderVerified,
    good: isVerified,
  });
