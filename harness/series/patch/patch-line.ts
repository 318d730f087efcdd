// SPDX-License-Identifier: MIT
import { fileDiffs, type Hunk } from './file-diffs.ts';

/** A line of a patch file, from 1. */
export interface PatchLine {
  readonly patch: string;
  readonly line: number;
}

/** One file's part of a patch, line by line. */
interface Step {
  readonly sign: '+' | '-' | ' ';
  /** In the file before and after the patch; a line that is not there has the next one's. */
  readonly before: number;
  readonly after: number;
  /** In the patch file. */
  readonly at: number;
}

/**
 * Where a line of a file came in: back through the patches of a series, from the last
 * to the first. undefined for a line that none of them added.
 */
export const patchLineOf = (
  patches: readonly { readonly name: string; readonly text: string }[],
  file: string,
  line: number,
): PatchLine | undefined => {
  let now = line;
  for (const { name, text } of patches.toReversed()) {
    const steps = stepsIn(text, file);
    const here = steps.find(({ sign, after }) => sign !== '-' && after === now);
    if (here?.sign === '+') return { patch: name, line: here.at };
    // What stands between two hunks has moved as far as the hunk above it says.
    const above = steps.findLast(({ after }) => after < now);
    now = here ? here.before : now - (above ? moved(above) : 0);
  }
  return undefined;
};

/** How much further down the line after a step stands than it did. */
const moved = ({ sign, before, after }: Step): number =>
  after + (sign === '-' ? 0 : 1) - (before + (sign === '+' ? 0 : 1));

const stepsIn = (patch: string, file: string): readonly Step[] =>
  fileDiffs(patch)
    .filter(({ after }) => after === file)
    .flatMap(({ hunks }) => hunks)
    .flatMap(stepsOf);

const stepsOf = ({ before, after, at, lines: [head = '', ...lines] }: Hunk): readonly Step[] => {
  const steps: Step[] = [];
  // A count of nothing names the line before.
  let left = before + (/^@@ -\d+,0 /.test(head) ? 1 : 0);
  let right = after + (/\+\d+,0 @@/.test(head) ? 1 : 0);
  for (const [index, text] of lines.entries()) {
    const sign = text[0] ?? ' ';
    if (sign !== '+' && sign !== '-' && sign !== ' ') continue;
    steps.push({ sign, before: left, after: right, at: at + index + 1 });
    if (sign !== '+') left += 1;
    if (sign !== '-') right += 1;
  }
  return steps;
};
