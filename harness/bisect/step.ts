// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { isOutcome, OUTCOMES } from '../base/outcome.ts';
import { ok, type Result } from '../base/result.ts';
import type { Plan } from '../run/tests/plan.ts';
import type { Sourced } from '../run/prepare.ts';
import { buildCandidate } from '../trial/candidate.ts';
import { tryOut } from '../trial/trial.ts';
import type { Answer } from './question/answer.ts';
import { answerOf } from './question/answer-of.ts';
import type { Question } from './question/question.ts';
import { trialOf } from './question/trial-of.ts';

/** The exit codes that `git bisect run` reads (git-bisect(1)); above 127 it stops. */
export const GIT_BISECT = { good: 0, bad: 1, skip: 125, stop: 255 } as const;

/** Asks one state, without knowing any other. Fails only where the environment does. */
export const askOnce = async (
  context: Context,
  { source, inputs, variant, spec }: Sourced,
  plan: Plan,
  question: Question,
): Promise<Result<Answer>> => {
  const { series, fragments } = inputs;
  const built = await buildCandidate(context, {
    label: source.origin,
    kernel: { source, series, fragments, variant, allowWarnings: true },
  });
  if (!built.ok) return built;
  const trial = trialOf(question, { plan, spec, headers: undefined, runs: 1, all: false });
  const seen = await tryOut(context, built.value, trial);
  if (!seen.ok) return seen;
  const answer = answerOf(question, seen.value, undefined);
  // Nobody knows here how the bad end fails: a failure that may be chance is no answer.
  const { how } = answer.symptom ?? {};
  const chance = how !== undefined && isOutcome(how) && OUTCOMES[how].junit === 'error';
  return ok(chance ? { ...answer, verdict: 'skip' } : answer);
};
