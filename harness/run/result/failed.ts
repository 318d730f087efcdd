// SPDX-License-Identifier: MIT
import { ARCH } from '../../arch/host.ts';
import type { Failure } from '../../base/result.ts';
import type { StepTime } from '../../base/step-times.ts';
import { SCHEMA, type FailedResult } from './result.ts';

/** The result of what failed before it came to a run. */
export const failedResult = (
  failure: Failure,
  started: Date,
  steps: readonly StepTime[],
  exitCode: number,
): FailedResult => ({
  schema: SCHEMA,
  kind: 'failed',
  architecture: ARCH.name,
  started: started.toISOString(),
  milliseconds: Date.now() - started.getTime(),
  failure,
  steps,
  exitCode,
});
