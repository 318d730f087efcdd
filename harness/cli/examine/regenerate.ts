// SPDX-License-Identifier: MIT
import { rename, writeFile } from 'node:fs/promises';
import { fail, ok } from '../../base/result.ts';
import { generatedPatches, type GeneratedPatch } from '../../series/files/generated.ts';
import { readAllSeries } from '../../series/series.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';

/**
 * Writes the copies into the patches of a series, or of all; with `check` only says what is stale,
 * and is 1 then.
 */
export const regenerateCommand = async (
  name: string | undefined,
  { check }: { readonly check: boolean },
  invocation: Invocation,
): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async ({ project }) => {
    const series = await readAllSeries(project, {
      named: name === undefined ? undefined : [name],
    });
    if (!series.ok) return series;
    if (series.value.length === 0) return fail('usage', 'there is no series here');
    const all: GeneratedPatch[] = [];
    for (const one of series.value) {
      const patches = await generatedPatches(project, one);
      if (!patches.ok) return patches;
      all.push(...patches.value.filter((patch) => patch.stale.length > 0));
    }
    for (const { patch, text } of check ? [] : all) {
      await writeFile(`${patch.file}.new`, text);
      await rename(`${patch.file}.new`, patch.file);
    }
    return ok(all);
  });
  if (!result.ok) return refuse(result.failure);
  for (const { patch, stale: files } of result.value)
    process.stdout.write(`${patch.name}: ${files.join(', ')}\n`);
  return exitCode(check && result.value.length > 0 ? 1 : 0);
};
