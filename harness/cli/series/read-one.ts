// SPDX-License-Identifier: MIT
import type { Roots } from '../../base/context.ts';
import { fail, type Result, ok } from '../../base/result.ts';
import { readAllSeries, type Series } from '../../series/series.ts';

/** A series below kernel-patches/, which may have no patch yet. Fails as {@link readAllSeries} does. */
export const readOne = async ({ project }: Roots, name: string): Promise<Result<Series>> => {
  const all = await readAllSeries(project, { named: [name], mayBeEmpty: true });
  if (!all.ok) return all;
  const [only] = all.value;
  return only ? ok(only) : fail('usage', `there is no series ${name}`, { where: project });
};
