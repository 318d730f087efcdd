// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { readTook } from '../base/cache/took.ts';
import { ok, type Result } from '../base/result.ts';
import type { BuiltOf } from '../kernel/objects/to-compile.ts';
import { foreseeKernel } from '../kernel/objects/foresee-kernel.ts';
import { kernelStep } from '../run/foresee/foresee-run.ts';
import type { ForeseenStep } from '../run/foresee/step.ts';
import type { Candidate } from './candidate.ts';

/** A candidate's kernel, as it would be found or built. */
export interface ForeseenCandidate extends ForeseenStep {
  readonly label: string;
  /** It need not be built. */
  readonly isThere: boolean;
}

/** Looks for the kernels of candidates, and builds none. Fails as the first of them would. */
export const foreseeCandidates = async (
  context: Context,
  candidates: readonly Candidate[],
): Promise<Result<readonly ForeseenCandidate[]>> => {
  const took = await readTook(context.cache);
  const found: ForeseenCandidate[] = [];
  let last: BuiltOf | undefined;
  for (const { label, kernel } of candidates) {
    const foreseen = await foreseeKernel(context, kernel, last);
    if (!foreseen.ok) return foreseen;
    if (foreseen.value.kind === 'to-build')
      last = { applied: foreseen.value.applied, fragments: kernel.fragments };
    const isThere = foreseen.value.kind === 'stored';
    found.push({ label, isThere, ...kernelStep(foreseen.value, took) });
  }
  return ok(found);
};
