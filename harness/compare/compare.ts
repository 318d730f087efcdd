// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Plan } from '../run/tests/plan.ts';
import { inDirectory, type RunSpec } from '../run/spec.ts';
import { buildCandidate, type Candidate } from '../trial/candidate.ts';
import { tryOut } from '../trial/trial.ts';
import type { CompareEnds } from './compare-ends.ts';
import { differenceOf, passing, stateOf, type Difference, type State } from './program-status.ts';

/** The patched kernel compared with its base. */
export interface Compared {
  readonly base: string;
  readonly patched: string;
  readonly difference: Difference;
  /** Why the patched kernel does not build, boot or run to the end, although the base does. */
  readonly broken?: string;
  /** How many of all tests pass on each kernel. */
  readonly passing: { readonly base: number; readonly patched: number; readonly tests: number };
}

/** Two kernels, and the programs that both run. */
export interface CompareOptions extends CompareEnds {
  readonly plan: Plan;
  readonly spec: RunSpec;
}

/**
 * Runs one plan on both kernels, with the same binaries: those compiled for the patched one.
 * Fails with `unbuildable` where the base does not build or boot: nothing can be compared then.
 */
export const compare = async (
  context: Context,
  { base, patched, plan, spec }: CompareOptions,
): Promise<Result<Compared>> => {
  const built = await buildCandidate(context, patched);
  if (!built.ok) return built;
  const headers = built.value.kind === 'built' ? built.value.kernel : undefined;
  const look = (candidate: Candidate, name: string): Promise<Result<State>> =>
    step(context, 'compare', candidate.label, async () => {
      const kernel = await buildCandidate(context, candidate);
      if (!kernel.ok) return kernel;
      const there = inDirectory(spec, join(spec.output.directory, name));
      const trial = { kind: 'run', plan, headers, spec: there } as const;
      const seen = await tryOut(context, kernel.value, trial);
      if (!seen.ok) return seen;
      return ok({ value: stateOf(seen.value), cached: false, note: candidate.label });
    });
  const before = await look(base, 'base');
  if (!before.ok) return before;
  if (!before.value.boots)
    return fail('unbuildable', 'the base itself does not come up: nothing can be compared', {
      where: base.label,
      detail: before.value.broken ?? '',
    });
  const now = await look(patched, 'patched');
  if (!now.ok) return now;
  return ok({
    base: base.label,
    patched: patched.label,
    difference: differenceOf(before.value, now.value),
    ...(now.value.broken === undefined ? {} : { broken: now.value.broken }),
    passing: {
      base: passing(before.value),
      patched: passing(now.value),
      tests: new Set([...before.value.tests.keys(), ...now.value.tests.keys()]).size,
    },
  });
};
