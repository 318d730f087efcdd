// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../../base/outcome.ts';
import type { ReadOnly } from '../../base/read-only.ts';

const count = z.int().nonnegative();

/** What may fail besides a program. */
const OTHERS = ['report', 'boot', 'build', 'warning', 'command', 'cost'] as const;

const SYMPTOM = z.strictObject({
  /** The outcome of the program, or what else was asked for. */
  how: z.enum([...(Object.keys(OUTCOMES) as Outcome[]), ...OTHERS]),
  /** The results, reports or warnings that make up the failure; empty where there are none. */
  signature: z.array(z.string()),
});

/**
 * How the bad end fails. A state that fails in another way has another fault, and says
 * nothing of this one.
 */
export type Symptom = ReadOnly<z.infer<typeof SYMPTOM>>;

/** An answer as the journal keeps it. */
export const ANSWER = z.strictObject({
  verdict: z.enum(['good', 'bad', 'skip']),
  /** In words: what was seen. */
  why: z.string(),
  runs: count,
  failures: count,
  /** Of the failures, where there were any. */
  symptom: z.exactOptional(SYMPTOM),
});

/** What one trial says to a question. */
export type Answer = ReadOnly<z.infer<typeof ANSWER>>;

/** The answer of a single run. */
export const oneRun = (verdict: Answer['verdict'], why: string, symptom?: Symptom): Answer => ({
  verdict,
  why,
  runs: 1,
  failures: verdict === 'bad' ? 1 : 0,
  ...(symptom ? { symptom } : {}),
});

/** The same answer; but a failure of another kind than the one in question is none. */
export const agree = (answer: Answer, symptom: Symptom | undefined): Answer => {
  const own = answer.symptom;
  if (!symptom || !own || sameSymptom(own, symptom)) return answer;
  return { ...answer, verdict: 'skip', failures: 0, why: `it fails in another way: ${answer.why}` };
};

const sameSymptom = (a: Symptom, b: Symptom): boolean =>
  a.how === b.how &&
  (a.signature.length + b.signature.length === 0 ||
    a.signature.some((one) => b.signature.includes(one)));
