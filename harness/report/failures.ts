// SPDX-License-Identifier: MIT
import { failed, type KtapResult } from '../ktap/read.ts';
import type { ProgramResult } from '../run/result/program-result.ts';

/** The results of a program that failed and hold no others, each by the names that lead to it. */
export const failuresOf = ({ results }: ProgramResult): readonly string[] =>
  results.flatMap((result) => namesOf(result, ''));

const namesOf = (result: KtapResult, above: string): readonly string[] => {
  const name = `${above}${result.name}`;
  if (result.children.length === 0) return failed(result) ? [name] : [];
  const below = result.children.flatMap((child) => namesOf(child, `${name} > `));
  return below.length === 0 && failed(result) ? [name] : below;
};
