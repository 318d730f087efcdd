// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { inDirectory, type RunSpec } from '../../run/spec.ts';
import type { BisectRange } from '../ranges/range.ts';
import { buildCandidate } from '../../trial/candidate.ts';
import { tryOut } from '../../trial/trial.ts';
import type { Question } from './question.ts';

type CostQuestion = Extract<Question, { readonly kind: 'cost' }>;

/** A question that lacks its limit, and the range that gives it. */
export interface CostQuestionOptions {
  readonly range: BisectRange;
  readonly question: CostQuestion;
  readonly spec: RunSpec;
}

/** Counts the probe at the good end: the limit is that count and `over`. */
export const withLimit = async (
  context: Context,
  { range, question, spec }: CostQuestionOptions,
): Promise<Result<CostQuestion>> => {
  const [good] = range.good;
  const bad = await range.suspects.at(-1)?.candidate();
  if (!good || !bad) throw new Error('a range has two ends');
  if (!bad.ok) return bad;
  // The headers of the bad end have the system calls of all probes.
  const whole = await buildCandidate(context, bad.value);
  if (!whole.ok) return whole;
  const headers = whole.value.kind === 'built' ? whole.value.kernel : undefined;
  const built = await buildCandidate(context, good);
  if (!built.ok) return built;
  const { probe, series, over } = question;
  const there = inDirectory(spec, join(spec.output.directory, 'good-end'));
  const trial = { kind: 'cost', probe, series, headers, spec: there } as const;
  const seen = await tryOut(context, built.value, trial);
  if (!seen.ok) return seen;
  if (seen.value.kind === 'unbuilt') return { ok: false, failure: seen.value.failure };
  const found = seen.value.costs.get(probe);
  return typeof found === 'number'
    ? ok({ ...question, limit: found + over })
    : fail('usage', `--cost: ${probe} cannot be counted at the good end`, {
        where: good.label,
        detail: found ?? 'there is no such probe',
        remedy: 'kbt cost lists the probes; name by --good a state that has it',
      });
};
