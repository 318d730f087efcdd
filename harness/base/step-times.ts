// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { Context } from './context.ts';
import type { Event, StepName } from './events.ts';
import type { ReadOnly } from './read-only.ts';

const count = z.int().nonnegative();

export const STEP_TIME = z.strictObject({
  // Results of before may name steps that there are no more.
  step: z.string() as z.ZodType<StepName>,
  /** Milliseconds since 1970. */
  began: count,
  milliseconds: count,
  end: z.enum(['done', 'cached', 'failed', 'stopped']),
  note: z.exactOptional(z.string()),
});

/** When a step of a run was, and how it ended. */
export type StepTime = ReadOnly<z.infer<typeof STEP_TIME>>;

/** A context that keeps the times of the steps in it, in the order in which they end. */
export const keepStepTimes = (
  context: Context,
): { readonly context: Context; readonly steps: readonly StepTime[] } => {
  const steps: StepTime[] = [];
  const emit = (event: Event): void => {
    if (event.type === 'step' && event.reason !== 'begin' && event.reason !== 'progress') {
      const { step, milliseconds } = event;
      const end = event.reason !== 'end' ? event.reason : event.cached ? 'cached' : 'done';
      const note = event.reason === 'end' ? event.note : undefined;
      const began = Date.now() - milliseconds;
      steps.push({ step, began, milliseconds, end, ...(note === undefined ? {} : { note }) });
    }
    context.emit(event);
  };
  return { context: { ...context, emit }, steps };
};
