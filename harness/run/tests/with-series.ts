// SPDX-License-Identifier: MIT
import type { Plan } from './plan.ts';

/** What became of programs, with the series that each of them tests. */
export const withSeries = <T extends { readonly name: string }>(
  results: readonly T[],
  { programs }: Plan,
): readonly (T & { readonly series?: string })[] => {
  const series = new Map(programs.map((program) => [program.name, program.series]));
  return results.map((result) => {
    const own = series.get(result.name);
    return own === undefined ? result : { ...result, series: own };
  });
};
