// SPDX-License-Identifier: MIT
import { closeSync, openSync, readSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Cost } from '../../measure/cost/cost.ts';
import type { Coverage } from '../../measure/coverage/coverage.ts';
import type { Place } from '../../report/ci/annotations.ts';
import type { Earlier } from '../../report/html/history.ts';
import type { Page } from '../../report/html/page.ts';
import type { StackLine } from '../../run/program/explain.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import { isRun, readResult, type KeptResult, type KeptRun } from '../../run/result/result-file.ts';
import type { PatchLine } from '../../series/patch/patch-line.ts';

/** So much of what a program printed is shown, in bytes; all of it lies beside the result. */
const SHOWN = 64 * 1024;
/** So many runs of before, as long as their files are not larger than this together, in bytes. */
const EARLIER = { runs: 30, bytes: 16 * 1024 * 1024 };
/** Lines of a patch around the one that is shown. */
const CONTEXT = 4;

/** Of a patch of the project its diff, and where lines of the source are in it. */
export interface Patches {
  readonly placeOf: (line: StackLine) => PatchLine | undefined;
  readonly textOf: (patch: string) => string | undefined;
  /** A place in a diff as one in a file of the project; undefined where that file is encoded. */
  readonly placeInFile: (place: PatchLine) => Place | undefined;
}

/** Collects what lies around results for a page of them. */
export const collectPage = async (
  all: readonly KeptResult[],
  patches: Patches,
  measured: { readonly coverage?: Coverage; readonly cost?: Cost },
): Promise<Page> => {
  const sourceOf = (line: StackLine): string | undefined => {
    const place = patches.placeOf(line);
    const lines = place && patches.textOf(place.patch)?.split('\n');
    if (!lines) return undefined;
    const from = Math.max(0, place.line - 1 - CONTEXT);
    return lines
      .slice(from, place.line + CONTEXT)
      .map((text, index) => `${from + index + 1 === place.line ? '→' : ' '} ${text}`)
      .join('\n');
  };
  const kept = all.filter(isRun);
  const failed = all.flatMap(({ result }) => (result.kind === 'failed' ? [result] : []));
  const runs = kept.map(({ result, directory }) => ({
    result,
    around: { outputOf: outputIn(directory), sourceOf },
  }));
  return { runs, failed, ...measured, earlier: await earlierThan(kept) };
};

/** What was measured of a series, as `kbt coverage` or `kbt cost` wrote it with --json. Fails with `usage`. */
export const readMeasured = async <T>(
  file: string,
  field: keyof T & string,
): Promise<Result<T>> => {
  try {
    const data: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof data === 'object' && data !== null && field in data) return ok(data as T);
    return fail('usage', `${file} is something else: it has no ${field}`);
  } catch (error) {
    return fail('usage', `cannot read ${file}`, { detail: (error as Error).message });
  }
};

/** The head of what a program printed, read when it is asked for: all together are large. */
const outputIn =
  (directory: string) =>
  ({ output }: { readonly output?: string }): string | undefined => {
    if (output === undefined) return undefined;
    const file = join(directory, output);
    let handle: number | undefined;
    try {
      handle = openSync(file, 'r');
      const buffer = Buffer.alloc(SHOWN);
      const bytesRead = readSync(handle, buffer, 0, SHOWN, 0);
      const more = bytesRead === SHOWN ? `\n… the rest is in ${file}` : '';
      return buffer.subarray(0, bytesRead).toString('utf8') + more;
    } catch {
      return undefined;
    } finally {
      if (handle !== undefined) closeSync(handle);
    }
  };

/** Runs of the same series in the directories beside a result, and counts, the newest last. */
const earlierThan = async (kept: readonly KeptRun[]): Promise<Earlier> => {
  const last = kept.at(-1);
  if (!last) return { runs: [], costs: [] };
  const beside = dirname(last.directory);
  const names = ({ series }: KeptRun['result']): string => series.map(({ name }) => name).join(' ');
  const directories = (await readdir(beside).catch(() => [])).sort().reverse();
  const runs: Earlier['runs'][number][] = [];
  const costs: Cost[] = [];
  const here = new Map(kept.map((one) => [resolve(one.directory), one]));
  let bytes = 0;
  for (const name of directories) {
    const directory = join(beside, name);
    const known = here.get(resolve(directory));
    const file = join(directory, 'result.json');
    if (!known) bytes += await stat(file).then(({ size }) => size, () => 0);
    if (runs.length === EARLIER.runs || bytes > EARLIER.bytes) break;
    const found = known ? ok(known) : await readResult(file);
    if (found.ok && isRun(found.value) && names(found.value.result) === names(last.result))
      runs.unshift(found.value.result.programs.map(shortly));
    const cost = await readMeasured<Cost>(join(directory, 'cost.json'), 'instructions');
    if (cost.ok) costs.unshift(cost.value);
  }
  return { runs, costs };
};

const shortly = ({ name, outcome, milliseconds }: ProgramResult) => ({
  name,
  outcome,
  milliseconds,
});
