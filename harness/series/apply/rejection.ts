// SPDX-License-Identifier: MIT
import { git } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import { fileDiffs } from '../patch/file-diffs.ts';

/** No more of a hunk or a file than this is shown, in lines. */
const SHOWN = 20;

/**
 * Says in a person's words what `git apply` refused: its own errors, then for
 * each hunk that failed the hunk and what stands in the tree at that place.
 */
export const explainRejection = async (
  repository: string,
  commit: string,
  patch: string,
  said: readonly string[],
): Promise<string> => {
  const parts = said.filter((line) => line.startsWith('error:')).map(printable);
  for (const line of said) {
    const [, file, number] = /^error: patch failed: (.+):(\d+)$/.exec(line) ?? [];
    if (file === undefined || number === undefined) continue;
    const hunk = hunkAt(patch, file, Number(number));
    if (hunk.length > 0)
      parts.push(`the hunk:`, ...hunk.slice(0, SHOWN).map((l) => `  ${printable(l)}`));
    const blob = await git(['--git-dir', repository, 'show', `${commit}:${file}`]);
    const there = blob.stdout.toString().split('\n');
    const begin = Number(number) - 1;
    parts.push(
      `what stands in ${file} instead:`,
      ...there
        .slice(begin, begin + Math.min(Math.max(hunk.length, 4), SHOWN))
        .map((l, i) => `  ${begin + i + 1}: ${printable(l)}`),
    );
  }
  return parts.join('\n');
};

/** The hunk of a diff that begins at line `line` of `file` as it was. */
export const hunkAt = (diff: string, file: string, line: number): readonly string[] =>
  fileDiffs(diff)
    .filter(({ before, after }) => before === file || after === file)
    .flatMap(({ hunks }) => hunks)
    .find(({ before }) => before === line)?.lines ?? [];
