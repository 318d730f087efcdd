// SPDX-License-Identifier: MIT
import { ownerAt, type Owners } from '../../series/owners.ts';
import type { FileRuns, FunctionRuns, Runs } from './gcov.ts';

/** Lines and branches that hold code, and how many of them ran. */
export interface Counted {
  readonly lines: number;
  readonly run: number;
  readonly branches: number;
  readonly taken: number;
}

/** A line that a patch added and whose runs were counted. */
export interface MeasuredLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly patch: string;
}

/** One source file as it stands, line by line from 1. */
export interface FileCoverage {
  readonly file: string;
  readonly functions: readonly FunctionRuns[];
  readonly lines: readonly {
    readonly text: string;
    /** The patch that added it; none: the source's own. */
    readonly patch?: string;
    /** How often it ran; none: it holds no code. */
    readonly count?: number;
    readonly branches?: readonly number[];
  }[];
}

/** What ran of the lines that a series adds. */
export interface Joined {
  readonly total: Counted;
  readonly patches: readonly (Counted & { readonly name: string })[];
  /** Those of which lines were added, with the added lines that never ran. */
  readonly functions: readonly (Counted & {
    readonly file: string;
    readonly name: string;
    readonly missed: readonly MeasuredLine[];
  })[];
  readonly programs: readonly {
    readonly name: string;
    /** Added lines that it ran, and of them those that ran in nothing else. */
    readonly lines: number;
    readonly only: readonly MeasuredLine[];
  }[];
  readonly files: readonly FileCoverage[];
}

export interface JoinOptions {
  /** All patches, in order. */
  readonly patches: readonly string[];
  readonly owners: Owners;
  /** The text of the files that were counted, and of their headers, by lines. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** What ran at all, before the first program, and with each. */
  readonly total: Runs;
  readonly boot: Runs;
  readonly programs: ReadonlyMap<string, Runs>;
}

/** An added line that holds code. */
interface Added extends MeasuredLine {
  readonly count: number;
  readonly branches: readonly number[];
}

/** Joins what ran with who added it. */
export const join = ({ patches, owners, sources, total, boot, programs }: JoinOptions): Joined => {
  // A header of the base may be in it because a counted file includes it.
  const files = [...total].filter(([file]) => owners[file] && sources.has(file));
  const added = files.flatMap(([file, runs]) => addedTo(file, runs, owners, sources));
  return {
    total: countOf(added),
    patches: patches.map((name) => ({
      name,
      ...countOf(added.filter(({ patch }) => patch === name)),
    })),
    functions: files.flatMap(([file, { functions }]) =>
      functions.flatMap(({ name, first, last }) => {
        const inside = added.filter(
          (one) => one.file === file && first <= one.line && one.line <= last,
        );
        const missed = inside.filter(({ count }) => count === 0).map(bare);
        return inside.length > 0 ? [{ file, name, ...countOf(inside), missed }] : [];
      }),
    ),
    programs: [...programs].map(([name, own]) => {
      const others = [boot, ...[...programs].flatMap(([n, runs]) => (n === name ? [] : [runs]))];
      const ran = added.filter((line) => hasRun(own, line));
      const only = ran.filter((line) => others.every((runs) => !hasRun(runs, line)));
      return { name, lines: ran.length, only: only.map(bare) };
    }),
    files: files.map(([file, runs]) => ({
      file,
      functions: runs.functions,
      lines: (sources.get(file) ?? []).map((text, index) => {
        const patch = ownerAt(owners, file, index + 1);
        return {
          text,
          ...(patch === undefined ? {} : { patch }),
          ...runs.lines.get(index + 1),
        };
      }),
    })),
  };
};

const addedTo = (
  file: string,
  runs: FileRuns,
  owners: Owners,
  sources: JoinOptions['sources'],
): readonly Added[] =>
  [...runs.lines]
    .sort(([a], [b]) => a - b)
    .flatMap(([line, { count, branches }]) => {
      const patch = ownerAt(owners, file, line);
      const text = sources.get(file)?.[line - 1] ?? '';
      return patch === undefined ? [] : [{ file, line, text, patch, count, branches }];
    });

const bare = ({ file, line, text, patch }: Added): MeasuredLine => ({ file, line, text, patch });

const hasRun = (runs: Runs, { file, line }: MeasuredLine): boolean =>
  (runs.get(file)?.lines.get(line)?.count ?? 0) > 0;

const countOf = (lines: readonly Added[]): Counted => {
  const branches = lines.flatMap((line) => line.branches);
  return {
    lines: lines.length,
    run: lines.filter(({ count }) => count > 0).length,
    branches: branches.length,
    taken: branches.filter((count) => count > 0).length,
  };
};

/** Of a hundred; 100 where there is nothing. */
export const percent = ({ lines, run }: Counted): number =>
  lines === 0 ? 100 : (100 * run) / lines;
