// SPDX-License-Identifier: MIT
import { git, text } from '../base/process/git.ts';

/** A condition that holds for all that stands in a block of a Kconfig file. */
export interface Condition {
  readonly file: string;
  readonly expression: string;
}

/**
 * The conditions of the `if`, `menu` and `choice` blocks around a line of a Kconfig file
 * (Documentation/kbuild/kconfig-language.rst), the outermost first.
 */
export const conditionsAt = (kconfig: string, line: number): readonly string[] => {
  const open: { readonly kind: string; conditions: string[] }[] = [];
  // What `depends on` belongs to: a block that was just opened, or an option.
  let heading = false;
  for (const raw of withoutHelp(kconfig.split('\n').slice(0, line - 1))) {
    const [, word = '', rest = ''] = /^\s*([a-z]+)\b\s*(.*?)\s*$/.exec(raw) ?? [];
    if (word === 'if' || word === 'menu' || word === 'choice') {
      open.push({ kind: word, conditions: word === 'if' ? [rest] : [] });
      heading = word !== 'if';
    } else if (['endif', 'endmenu', 'endchoice'].includes(word)) {
      open.pop();
      heading = false;
    } else if (/^(?:menu)?config$/.test(word) || word === 'source' || word === 'comment') {
      heading = false;
    } else if (heading && (word === 'depends' || word === 'visible')) {
      open.at(-1)?.conditions.push(rest.replace(/^(?:on|if)\s+/, ''));
    }
  }
  return open.flatMap(({ conditions }) => conditions);
};

/** The lines but for those of help texts, which end where a line is indented less (Kconfig's lexer.l). */
const withoutHelp = (lines: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  /** How far the help text is indented; 0 before its first line. */
  let help: number | undefined;
  for (const line of lines) {
    if (help !== undefined && line.trim() === '') continue;
    const indent = /^\s*/.exec(line.replaceAll('\t', ' '.repeat(8)))?.[0].length ?? 0;
    if (help !== undefined && indent > 0 && indent >= help) {
      help ||= indent;
      continue;
    }
    help = /^\s*help\s*$/.test(line) ? 0 : undefined;
    if (help === undefined) kept.push(line);
  }
  return kept;
};

/** All conditions around a line, those of the files that source its file too. */
export const conditionsAround = async (
  tree: string,
  file: string,
  line: number,
): Promise<readonly Condition[]> => {
  const shown = await git(['show', `HEAD:${file}`], { cwd: tree });
  const own = conditionsAt(text(shown), line).map((expression) => ({ file, expression }));
  const pattern = `^[[:space:]]*o?r?source "${file}"`;
  const found = await git(['grep', '-nE', pattern, 'HEAD', '--', '*Kconfig*'], { cwd: tree });
  const [, parent, at] = /^HEAD:([^:]+):(\d+):/.exec(text(found)) ?? [];
  // The file at the top is sourced by none.
  if (parent === undefined || parent === file) return own;
  return [...(await conditionsAround(tree, parent, Number(at))), ...own];
};
