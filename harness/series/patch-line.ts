// SPDX-License-Identifier: MIT

/** A line of a patch file, from 1. */
export interface PatchLine {
  readonly patch: string;
  readonly line: number;
}

/** One file's part of a patch, line by line. */
interface Step {
  readonly mark: '+' | '-' | ' ';
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
    const here = steps.find(({ mark, after }) => mark !== '-' && after === now);
    if (here?.mark === '+') return { patch: name, line: here.at };
    // What stands between two hunks has moved as far as the hunk above it says.
    const above = steps.findLast(({ after }) => after < now);
    now = here ? here.before : now - (above ? moved(above) : 0);
  }
  return undefined;
};

/** How much further down the line after a step stands than it did. */
const moved = ({ mark, before, after }: Step): number =>
  after + (mark === '-' ? 0 : 1) - (before + (mark === '+' ? 0 : 1));

const stepsIn = (patch: string, file: string): readonly Step[] => {
  const steps: Step[] = [];
  let within = false;
  let [before, after, left, right] = [0, 0, 0, 0];
  for (const [index, text] of patch.split('\n').entries()) {
    const mark = text[0] ?? ' ';
    if (left > 0 || right > 0) {
      if (mark === '\\') continue;
      if (within && (mark === '+' || mark === '-' || mark === ' '))
        steps.push({ mark, before, after, at: index + 1 });
      if (mark !== '+') [before, left] = [before + 1, left - 1];
      if (mark !== '-') [after, right] = [after + 1, right - 1];
      continue;
    }
    if (text.startsWith('+++ ')) within = text.replace(/\t.*$/, '') === `+++ b/${file}`;
    const [, from, fromCount = '1', to, toCount = '1'] = HUNK.exec(text) ?? [];
    if (from === undefined || to === undefined) continue;
    // A count of nothing names the line before.
    before = Number(from) + (fromCount === '0' ? 1 : 0);
    after = Number(to) + (toCount === '0' ? 1 : 0);
    [left, right] = [Number(fromCount), Number(toCount)];
  }
  return steps;
};

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
