// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';

/** More backticks than stand together anywhere in a text. */
const fenceFor = (text: string, least: number): string => {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(Math.max(least, longest + 1));
};

/** A text in one line that stays what it is: no markup, no mention, no link (CommonMark 6.1). */
export const code = (text: string): string => {
  const plain = printable(text.replaceAll('\n', ' ').replaceAll('\t', ' '));
  if (plain.trim() === '') return '';
  const fence = fenceFor(plain, 1);
  const pad = /^`|`$|^ .* $/.test(plain) ? ' ' : '';
  return `${fence}${pad}${plain}${pad}${fence}`;
};

/** The same in the cell of a table, where a bar would end it even there (GFM 4.10). */
export const cell = (text: string): string => code(text).replaceAll('|', '\\|');

/** Lines as they are. */
export const fenced = (lines: readonly string[]): readonly string[] => {
  const plain = lines.map((line) => printable(line));
  const fence = fenceFor(plain.join('\n'), 3);
  return [`${fence}text`, ...plain, fence];
};
