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
import { tryOut, type Observation, type Trial } from '../../trial/trial.ts';
import { judge, type Question } from './question.ts';

/**
 * What to ask where nobody says: the first thing that is wrong at the bad end and
 * is not at the good one. Fails with `usage` where there is no such thing.
 */
export const chooseQuestion = async (
  context: Context,
  line: BisectRange,
  { plan, spec }: Pick<Prepared, 'plan' | 'spec'>,
): Promise<Result<Question>> => {
  const [good] = line.good;
  const bad = await line.suspects.at(-1)?.candidate();
  if (!good || !bad) throw new Error('a line has two ends');
  if (!bad.ok) return bad;
  const look = async (
    candidate: typeof good,
    chosen: Plan | undefined,
    name: string,
  ): Promise<Result<Observation>> => {
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
        'name by --bad a place where something fails; --test NAME looks for what fails now and then',
    });
  const programs = new Set(wrong.flatMap((one) => (one.kind === 'test' ? [one.program] : [])));
  // Who asks of a build need not run anything.
  const chosen =
    first.kind === 'build' ? undefined : programs.size > 0 ? only(plan, programs) : plan;
  const sound = await look(good, chosen, 'good-end');
  if (!sound.ok) return sound;
  const question = wrong.find((one) => {
    const { symptom } = judge(one, broken.value, undefined);
    return judge(one, sound.value, symptom).verdict === 'good';
  });
  return question
    ? ok(question)
    : fail('usage', 'what is wrong at the bad end is wrong at the good one, too', {
        where: good.label,
        detail: judge(first, sound.value, undefined).why,
        remedy: 'name by --good a place where it is not',
      });
};

/** Everything that is wrong with a kernel, the gravest first, as questions. */
const wrongIn = (seen: Observation): readonly Question[] => {
  if (seen.kind === 'unbuilt') return [{ kind: 'build' }];
  if (seen.stopped) return [{ kind: 'boot' }];
  return [
    ...seen.stray.map(({ fingerprint }): Question => ({ kind: 'report', fingerprint })),
    ...seen.programs
      .filter(({ outcome }) => !OUTCOMES[outcome].tapOk)
      .map(({ name }): Question => ({ kind: 'test', program: name })),
  ];
};
