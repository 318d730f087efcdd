// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OUTCOMES } from '../../base/outcome.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import type { Program } from '../tests/plan.ts';
import type { ProgramResult } from '../result/program-result.ts';

const schema = z.record(z.string(), z.number().nonnegative());

/** How long programs, and cells of a matrix, took the last time, in milliseconds, by name. */
export type Durations = ReadOnly<z.infer<typeof schema>>;

const fileOf = (cache: string): string => join(cache, 'durations.json');

/** What is remembered; nothing where that cannot be read, which costs nothing but order. */
export const readDurations = async (cache: string): Promise<Durations> => {
  try {
    return schema.parse(JSON.parse(await readFile(fileOf(cache), 'utf8')));
  } catch {
    return {};
  }
};

/** Those of a run; of a program that did not end by itself nothing is learnt. */
export const durationsOf = (results: readonly ProgramResult[]): Durations =>
  Object.fromEntries(
    results
      .filter(({ outcome }) => OUTCOMES[outcome].whole)
      .map(({ name, milliseconds }) => [name, milliseconds]),
  );

/** Remembers more of them. */
export const rememberDurations = async (cache: string, now: Durations): Promise<void> => {
  const before = await readDurations(cache);
  const scratch = join(cache, `.durations-${process.pid}`);
  await mkdir(cache, { recursive: true })
    .then(() => writeFile(scratch, JSON.stringify({ ...before, ...now })))
    .then(() => rename(scratch, fileOf(cache)))
    .catch(() => undefined);
};

/** The longest first, so that no worker ends long after the others; unknown ones before all. */
export const longestFirst = (
  programs: readonly Program[],
  durations: Durations,
): readonly Program[] => {
  const of = ({ name }: Program): number => durations[name] ?? Number.POSITIVE_INFINITY;
  return [...programs].sort((a, b) => (of(a) === of(b) ? 0 : of(b) - of(a)));
};
