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
  /** The results, reports or warnings that make it up; empty where it has none. */
  marks: z.array(z.string()),
});

/**
 * How it failed where it is known to fail: what fails otherwise elsewhere is
 * another fault, and says nothing of this one.
 */
export type Symptom = ReadOnly<z.infer<typeof SYMPTOM>>;

export const JUDGEMENT = z.strictObject({
  verdict: z.enum(['good', 'bad', 'skip']),
  /** In words: what was seen. */
  why: z.string(),
  runs: count,
  failures: count,
  /** Of the failures, where there were any. */
  symptom: z.exactOptional(SYMPTOM),
});

/** What one observation says to a question. */
export type Judgement = ReadOnly<z.infer<typeof JUDGEMENT>>;
