// SPDX-License-Identifier: MIT
import { join, relative } from 'node:path';
import { ok } from '../../base/result.ts';
import { readPosted } from '../../series/posted/read-posted.ts';
import { writeSeries } from '../../series/posted/write-series.ts';
import { checkName } from '../../series/series.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';

export interface ImportOptions {
  readonly name?: string;
  readonly revision?: number;
}

/** Writes a series that was posted below kernel-patches/, and says where. */
export const importCommand = async (
  files: readonly string[],
  { name, revision }: ImportOptions,
  invocation: Invocation,
): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async (context) => {
    const right = name === undefined ? ok(undefined) : checkName(name);
    if (!right.ok) return right;
    const read = await readPosted(files, revision);
    if (!read.ok) return read;
    const posted = read.value;
    for (const text of posted.notes) context.emit({ type: 'warning', text });
    const directory = join(context.project, 'kernel-patches', name ?? posted.name);
    const written = await writeSeries(posted, directory);
    if (!written.ok) return written;
    return ok({ ...posted, directory: relative(process.cwd(), directory) });
  });
  if (!result.ok) return refuse(result.failure);
  const { directory, patches } = result.value;
  process.stdout.write(`${directory}\n${patches.map((patch) => `  ${patch.name}\n`).join('')}`);
  return exitCode(0);
};
