// SPDX-License-Identifier: MIT
import { fileDiffs } from './file-diffs.ts';
import type { Patch } from './patch.ts';

/** What is asked of a patch before there is a tree to apply it to. */
type Diff = Pick<Patch, 'diff'>;

const namesIn = (names: readonly (string | undefined)[]): readonly string[] =>
  names.filter((name) => name !== undefined);

/** The files that a patch adds. */
export const filesAdded = ({ diff }: Diff): readonly string[] =>
  namesIn(
    fileDiffs(diff.toString())
      .filter(({ before }) => before === undefined)
      .map(({ after }) => after),
  );

/** The files that a patch leaves behind, changed or new. */
export const filesTouched = ({ diff }: Diff): readonly string[] =>
  namesIn(fileDiffs(diff.toString()).map(({ after }) => after));

/** The files that must be there for a diff to apply. */
export const filesChanged = (diff: string): readonly string[] => [
  ...new Set(namesIn(fileDiffs(diff).map(({ before }) => before))),
];
