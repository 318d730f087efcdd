// SPDX-License-Identifier: MIT
import { rename, writeFile } from 'node:fs/promises';
import { fail } from '../../base/result.ts';
import { generatedPatches } from '../../series/files/generated.ts';
import { readAllSeries } from '../../series/series.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';

/** Writes the copies into the patches of a series; with `check` only says what is stale, and is 1 then. */
export const regenerateCommand = async (
  name: string | undefined,
  options: { readonly check: boolean },
  invocation: Invocation,
): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async (context) => {
    const series = await readAllSeries(context.project, {
      named: name === undefined ? undefined : [name],
    });
    if (!series.ok) return series;
    const [only] = series.value;
    if (!only) return fail('usage', 'there is no series here');
    const patches = await generatedPatches(context.project, only);
    if (!patches.ok || options.check) return patches;
    for (const { patch, text } of patches.value.filter((p) => p.stale.length > 0)) {
      await writeFile(`${patch.file}.new`, text);
      await rename(`${patch.file}.new`, patch.file);
    }
    return patches;
  });
  if (!result.ok) return refuse(result.failure);
  const stale = result.value.filter((patch) => patch.stale.length > 0);
  for (const { patch, stale: files } of stale)
    process.stdout.write(`${patch.name}: ${files.join(', ')}\n`);
  return exitCode(options.check && stale.length > 0 ? 1 : 0);
};
