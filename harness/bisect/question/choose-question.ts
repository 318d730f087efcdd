// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { only, type Plan } from '../../run/tests/plan.ts';
import type { Prepared } from '../../run/prepare.ts';
import { inDirectory } from '../../run/spec.ts';
import type { BisectRange } from '../ranges/range.ts';
import { buildCandidate } from '../../trial/candidate.ts';
import { tryOut, type TrialResult, type Trial } from '../../trial/trial.ts';
import { answerOf } from './answer-of.ts';
import type { Question } from './question.ts';

/**
 * Chooses the question where the user names none: the gravest fault of the bad end that the
 * good end does not have. Fails with `usage` where there is none.
 */
export const chooseQuestion = async (
  context: Context,
  range: BisectRange,
  { plan, spec }: Pick<Prepared, 'plan' | 'spec'>,
): Promise<Result<Question>> => {
  const [good] = range.good;
  const bad = await range.suspects.at(-1)?.candidate();
  if (!good || !bad) throw new Error('a range has two ends');
  if (!bad.ok) return bad;
  const look = async (
    candidate: typeof good,
    chosen: Plan | undefined,
    name: string,
  ): Promise<Result<TrialResult>> => {
    const built = await buildCandidate(context, candidate);
    if (!built.ok) return built;
    const there = inDirectory(spec, join(spec.output.directory, name));
    const trial: Trial = chosen
      ? { kind: 'run', plan: chosen, spec: there, headers: undefined }
      : { kind: 'build' };
    return tryOut(context, built.value, trial);
  };
  const broken = await look(bad.value, plan, 'bad-end');
  if (!broken.ok) return broken;
  const wrong = wrongIn(broken.value);
  const [first] = wrong;
  if (!first)
    return fail('usage', 'nothing is wrong at the bad end: there is nothing to look for', {
      where: bad.value.label,
      remedy:
        'name by --bad a state where something fails; --test NAME looks for what fails now and then',
    });
  const programs = new Set(wrong.flatMap((one) => (one.kind === 'test' ? [one.program] : [])));
  // A question about the build needs no run.
  const chosen =
    first.kind === 'build' ? undefined : programs.size > 0 ? only(plan, programs) : plan;
  const sound = await look(good, chosen, 'good-end');
  if (!sound.ok) return sound;
  const question = wrong.find((one) => {
    const { symptom } = answerOf(one, broken.value, undefined);
    return answerOf(one, sound.value, symptom).verdict === 'good';
  });
  return question
    ? ok(question)
    : fail('usage', 'what is wrong at the bad end is wrong at the good one, too', {
        where: good.label,
        detail: answerOf(first, sound.value, undefined).why,
        remedy: 'name by --good a state where it is not',
      });
};

/** All faults of a kernel as questions, the gravest first. */
const wrongIn = (seen: TrialResult): readonly Question[] => {
  if (seen.kind === 'unbuilt') return [{ kind: 'build' }];
  if (seen.stopped) return [{ kind: 'boot' }];
  return [
    ...seen.stray.map(({ fingerprint }): Question => ({ kind: 'report', fingerprint })),
    ...seen.programs
      .filter(({ outcome }) => !OUTCOMES[outcome].tapOk)
      .map(({ name }): Question => ({ kind: 'test', program: name })),
  ];
};
