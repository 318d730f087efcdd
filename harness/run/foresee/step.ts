// SPDX-License-Identifier: MIT
import type { Took } from '../../base/cache/took.ts';
import type { StepName } from '../../base/events.ts';

/** A step as it would go. */
export interface ForeseenStep {
  readonly step: StepName;
  /** What there is, and what is to be done and why. */
  readonly what: string;
  /** As long as it took the last time it had as much to do; undefined: nobody has seen that. */
  readonly milliseconds: number | undefined;
}

/** What is there takes no time that anybody waits for. */
export const quick = (took: Took, step: StepName): number => took.of(step, 'cached') ?? 0;
