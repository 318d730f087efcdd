// SPDX-License-Identifier: MIT
import { printable } from '../base/lines.ts';
import type { Failure } from '../base/result.ts';

/** A failure for a person: what, where, the tool's words, what to do. */
export const renderFailure = (failure: Failure): string =>
  [
    `kbt: ${printable(failure.what)}`,
    ...(failure.where ? [`  at: ${printable(failure.where)}`] : []),
    ...(failure.detail ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  | ${printable(line)}`),
    ...(failure.remedy ? [`  do: ${printable(failure.remedy)}`] : []),
  ].join('\n');
