// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { git } from '../base/process/git.ts';
import type { ReadOnly } from '../base/read-only.ts';
import type { Applied } from './apply/apply.ts';
import { fileDiffs, type FileDiff, type Hunk } from './patch/file-diffs.ts';

const line = z.int().positive();

/** First and last line, from 1, and the patch. */
const RUN = z.tuple([line, line, z.string()]);
export type Run = ReadOnly<z.infer<typeof RUN>>;

export const OWNERS = z.record(z.string(), z.array(RUN));

/** The lines of a series in the files of a tree: by file runs of lines and the patch that owns them. */
export type Owners = ReadOnly<z.infer<typeof OWNERS>>;

/** Only of these a stack names lines. */
const CODE = /\.[chS]$/;

/**
 * Who owns the lines of the files that a series touches, as git-blame(1) would say; the
 * source's own are left out. It is read off the differences from commit to commit, which one
 * command gives for all files.
 */
export const ownersOf = async ({ repository, base, commit, patches }: Applied): Promise<Owners> => {
  if (patches.length === 0) return {};
  const how = [
    '--reverse',
    '--first-parent',
    '--format=commit %H',
    '-p',
    '-U0',
    '-M',
    '--no-color',
  ];
  const log = await git(['--git-dir', repository, 'log', ...how, `${base}..${commit}`]);
  const names = new Map(patches.map((one) => [one.commit, one.patch]));
  const owners = new Map<string, readonly Run[]>();
  // A line of a diff without context begins with a sign: no other begins so.
  for (const part of log.stdout
    .toString()
    .split(/^commit (?=[0-9a-f]{40,}$)/m)
    .slice(1)) {
    const [id = ''] = part.split('\n', 1);
    const patch = names.get(id) ?? id;
    const files = fileDiffs(part);
    const left = files.flatMap((file) => leftOf(owners, file, patch));
    for (const { before } of files) if (before !== undefined) owners.delete(before);
    for (const [name, runs] of left) owners.set(name, runs);
  }
  return Object.fromEntries(owners);
};

/** What a commit leaves of the owners of one file, under the name that it gives it. */
const leftOf = (
  owners: ReadonlyMap<string, readonly Run[]>,
  { before, after, hunks }: FileDiff,
  patch: string,
): readonly (readonly [string, readonly Run[]])[] => {
  if (after === undefined || !CODE.test(after)) return [];
  const runs = (before === undefined ? undefined : owners.get(before)) ?? [];
  const left = joined(moved(runs, hunks, patch));
  return left.length > 0 ? [[after, left]] : [];
};

/** The runs after a commit: those that it left, where they now are, and its own. */
const moved = (runs: readonly Run[], hunks: readonly Hunk[], patch: string): readonly Run[] => {
  const left: Run[] = [];
  let next = 1;
  let by = 0;
  const keep = (first: number, last: number): void => {
    for (const [from, to, owner] of runs)
      if (from <= last && to >= first)
        left.push([Math.max(from, first) + by, Math.min(to, last) + by, owner]);
  };
  for (const { before, after, lines } of hunks) {
    const removed = lines.filter((line) => line.startsWith('-')).length;
    const added = lines.filter((line) => line.startsWith('+')).length;
    // A side without lines names the line before.
    const first = removed === 0 ? before + 1 : before;
    keep(next, first - 1);
    if (added > 0) left.push([after, after + added - 1, patch]);
    next = first + removed;
    by = (added === 0 ? after + 1 : after + added) - next;
  }
  keep(next, Infinity);
  return left;
};

/** Runs of one patch that touch are one. */
const joined = (runs: readonly Run[]): readonly Run[] => {
  const all: [number, number, string][] = [];
  for (const [first, last, patch] of runs) {
    const before = all.at(-1);
    if (before?.[1] === first - 1 && before[2] === patch) before[1] = last;
    else all.push([first, last, patch]);
  }
  return all;
};

/** The patch that owns a line; undefined when it is the source's own. */
export const ownerAt = (owners: Owners, file: string, line: number): string | undefined =>
  owners[file]?.find(([first, last]) => first <= line && line <= last)?.[2];
