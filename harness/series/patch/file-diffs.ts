// SPDX-License-Identifier: MIT

/** What a diff says of one file; a name that is undefined stands for /dev/null. */
export interface FileDiff {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly hunks: readonly Hunk[];
}

/** A hunk, the places of its first lines counted from 1. */
export interface Hunk {
  /** In the files; a side without lines names the line before. */
  readonly before: number;
  readonly after: number;
  /** In the diff, of the line that begins with `@@`. */
  readonly at: number;
  /** With that line. */
  readonly lines: readonly string[];
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const NAMES = /^(?:diff --git |(?:rename|copy) (?:from|to) |(?:new|deleted) file mode )/;

/** A line of a diff that is about a file's name, and where, from 0; or a hunk of the file named last. */
type Part =
  | { readonly kind: 'name'; readonly index: number; readonly text: string }
  | { readonly kind: 'hunk'; readonly hunk: Hunk };

/** Takes a diff apart; what looks like a name in a hunk (a removed `-- x`) is of the hunk. */
const partsOf = (lines: readonly string[]): readonly Part[] => {
  const parts: Part[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const text = lines[index] ?? '';
    const [, before, removed = '1', after, added = '1'] = HUNK.exec(text) ?? [];
    if (before === undefined) {
      // Of the two lines that belong together neither is one alone.
      const old = text.startsWith('--- ') && lines[index + 1]?.startsWith('+++ ');
      const renewed = text.startsWith('+++ ') && lines[index - 1]?.startsWith('--- ');
      if (old || renewed || NAMES.test(text)) parts.push({ kind: 'name', index, text });
      continue;
    }
    let [left, right] = [Number(removed), Number(added)];
    const begin = index;
    while ((left > 0 || right > 0) && index + 1 < lines.length) {
      const sign = lines[(index += 1)]?.[0] ?? ' ';
      if (sign !== '+' && sign !== '\\') left -= 1;
      if (sign !== '-' && sign !== '\\') right -= 1;
    }
    if (lines[index + 1]?.startsWith('\\')) index += 1;
    const at = { before: Number(before), after: Number(after), at: begin + 1 };
    parts.push({ kind: 'hunk', hunk: { ...at, lines: lines.slice(begin, index + 1) } });
  }
  return parts;
};

/** A canonical diff (see {@link canonicalDiff}), file by file. */
export const fileDiffs = (diff: string): readonly FileDiff[] => {
  const files: File[] = [];
  for (const part of partsOf(diff.split('\n'))) {
    let file = files.at(-1);
    if (part.kind === 'hunk') {
      file?.hunks.push(part.hunk);
      continue;
    }
    const text = part.text.replace(/[\t\r].*$/, '');
    if (text.startsWith('diff ') || (text.startsWith('--- ') && file?.named !== false)) {
      const [, quote = '', name] = /^diff --git ("?)a\/(.+)\1 \1b\/\2\1$/.exec(text) ?? [];
      const same = name === undefined ? undefined : plain(`${quote}${name}${quote}`);
      file = { before: same, after: same, hunks: [], named: false };
      files.push(file);
    }
    if (file) take(file, text);
  }
  return files.map(({ before, after, hunks }) => ({ before, after, hunks }));
};

interface File {
  before: string | undefined;
  after: string | undefined;
  readonly hunks: Hunk[];
  /** Its line `+++` has come: another `---` begins another file. */
  named: boolean;
}

const take = (file: File, text: string): void => {
  const [, moved, path] = /^(?:rename|copy) (from|to) (.+)$/.exec(text) ?? [];
  const name = path === undefined ? undefined : plain(path);
  if (moved === 'from' || text.startsWith('new ')) file.before = name;
  else if (moved === 'to' || text.startsWith('deleted ')) file.after = name;
  else if (text.startsWith('--- ')) file.before = nameIn(text);
  else if (text.startsWith('+++ ')) [file.after, file.named] = [nameIn(text), true];
};

/** A name as a line begins it: /dev/null is none. */
const nameIn = (line: string): string | undefined =>
  line.slice(4) === '/dev/null' ? undefined : plain(line.slice(4)).replace(/^[ab]\//, '');

/** A name as the file has it: git puts one with odd characters in quotes, as C does (quote.c). */
const plain = (name: string): string => {
  const [, inside] = /^"(.*)"$/.exec(name) ?? [];
  if (inside === undefined) return name;
  const bytes = inside.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : (ESCAPED[code] ?? code),
  );
  return Buffer.from(bytes, 'latin1').toString();
};

const ESCAPED: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', t: '\t', n: '\n', v: '\v', f: '\f', r: '\r' },
};

/**
 * A diff with the names of its files as `git diff` writes them, `a/NAME` and `b/NAME`,
 * made of one that names them otherwise and is for `patch -pN`: all that reads a diff
 * behind this finds one form. All other bytes stay as they are. undefined: it is a diff
 * of no file.
 */
export const canonicalDiff = (data: Buffer, strip: number): Buffer | undefined => {
  const lines = data.toString('latin1').split('\n');
  const names = partsOf(lines).flatMap((part) => (part.kind === 'name' ? [part] : []));
  if (!names.some(({ text }) => /^(?:diff|\+\+\+) /.test(text))) return undefined;
  const renamed = names.map(({ index, text }) => ({ index, text, now: rename(text, strip) }));
  if (renamed.every(({ text, now }) => text === now)) return data;
  for (const { index, now } of renamed) lines[index] = now;
  return Buffer.from(lines.join('\n'), 'latin1');
};

/** One line that names files, with `strip` directories less; as it is where it has too few. */
const rename = (line: string, strip: number): string => {
  const directories = (count: number): string => `(?:[^/\\s"]+/+){${count}}`;
  const from = directories(strip);
  const [, same] = new RegExp(`^diff --git ${from}(.+) ${from}\\1\\r?$`).exec(line) ?? [];
  if (same !== undefined) return `diff --git a/${same} b/${same}`;
  const [, sign, path] = new RegExp(`^(---|\\+\\+\\+) ${from}([^\\s/"].*)$`).exec(line) ?? [];
  if (sign !== undefined && path !== undefined)
    return `${sign} ${sign === '---' ? 'a' : 'b'}/${path}`;
  // Where git moves a file it names it without a/ and b/.
  const above = directories(Math.max(strip - 1, 0));
  const [, word, moved] =
    new RegExp(`^((?:rename|copy) (?:from|to)) ${above}(.+)$`).exec(line) ?? [];
  return word !== undefined && moved !== undefined ? `${word} ${moved}` : line;
};
