// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { isOutcome, OUTCOMES } from '../base/outcome.ts';
import { ok, type Result } from '../base/result.ts';
import type { Plan } from '../run/tests/plan.ts';
import type { Sourced } from '../run/prepare.ts';
import { buildCandidate } from '../trial/candidate.ts';
import { tryOut } from '../trial/trial.ts';
import { trialOf } from './bisect-search.ts';
import type { Judgement } from './question/judgement.ts';
import { judge, type Question } from './question/question.ts';

/** The exit codes that `git bisect run` reads (git-bisect(1)); above 127 it stops. */
export const GIT_BISECT = { good: 0, bad: 1, skip: 125, stop: 255 } as const;

/** Puts a question to one state, of which nothing else is known. Fails only where the environment does. */
export const askOnce = async (
  context: Context,
  { source, inputs, variant, spec }: Sourced,
  plan: Plan,
  question: Question,
): Promise<Result<Judgement>> => {
  const { series, fragments } = inputs;
  const built = await buildCandidate(context, {
    label: source.origin,
    kernel: { source, series, fragments, variant, allowWarnings: true },
  });
  if (!built.ok) return built;
  const trial = trialOf(question, { plan, spec, headers: undefined, runs: 1, all: false });
  const seen = await tryOut(context, built.value, trial);
  if (!seen.ok) return seen;
  const judged = judge(question, seen.value, undefined);
  // Where it is not known how it fails at the bad end, what may be chance is no answer.
  const { how } = judged.symptom ?? {};
  const chance = how !== undefined && isOutcome(how) && OUTCOMES[how].junit === 'error';
  return ok(chance ? { ...judged, verdict: 'skip' } : judged);
};
