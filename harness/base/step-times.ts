// SPDX-License-Identifier: MIT
import type { Context } from './context.ts';
import type { Event, StepName } from './events.ts';

/** When a step of a run was, and how it ended. */
export interface StepTime {
  readonly step: StepName;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly milliseconds: number;
  readonly end: 'done' | 'cached' | 'failed';
  readonly note?: string;
}

/** A context that keeps the times of the steps in it, in the order in which they end. */
export const keepStepTimes = (
  context: Context,
): { readonly context: Context; readonly steps: readonly StepTime[] } => {
  const steps: StepTime[] = [];
  const emit = (event: Event): void => {
    if (event.type === 'step' && (event.reason === 'end' || event.reason === 'failed')) {
      const { step, milliseconds } = event;
      const end = event.reason === 'failed' ? 'failed' : event.cached ? 'cached' : 'done';
      const note = event.reason === 'end' ? event.note : undefined;
      const began = Date.now() - milliseconds;
      steps.push({ step, began, milliseconds, end, ...(note === undefined ? {} : { note }) });
    }
    context.emit(event);
  };
  return { context: { ...context, emit }, steps };
};
