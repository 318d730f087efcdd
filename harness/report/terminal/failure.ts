// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import type { Failure } from '../../base/result.ts';
import type { StepTime } from '../../base/step-times.ts';
import type { FailedResult } from '../../run/result/result.ts';

/** A failure for a person, in lines: what, where, the tool's words, what to do. */
export const failureLines = ({ what, where, detail = '', remedy }: Failure): readonly string[] =>
  [
    what,
    ...(where ? [`  at: ${where}`] : []),
    ...detail
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  | ${line}`),
    ...(remedy ? [`  do: ${remedy}`] : []),
  ].map(printable);

export const renderFailure = (failure: Failure): string =>
  `kbt: ${failureLines(failure).join('\n')}`;

/** How far something came that failed: `source done, tree cached, kernel failed`. */
export const stepsTaken = (steps: readonly StepTime[]): string =>
  steps.length === 0
    ? 'no step was taken'
    : steps.map(({ step, end }) => `${step} ${end}`).join(', ');

/** What is called so where runs are called by their programs. */
export const nameOfFailed = ({ cell, started }: FailedResult): string => cell ?? started;
