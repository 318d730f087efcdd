// SPDX-License-Identifier: MIT
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wordsOf } from '../files/series-file.ts';
import type { Series } from '../series.ts';

/** A patch as a series file names it. */
export interface Listed {
  readonly name: string;
  readonly strip: number;
}

/** A line that names a patch, and the comments above it, which go where it goes. */
interface Line extends Listed {
  readonly text: string;
  readonly above: readonly string[];
}

/**
 * The text of a series file with these patches in place of its own. Lines of patches that stay are
 * as they were; what stands above the first one stays at the top.
 */
export const editedList = (text: string, wanted: readonly Listed[]): string => {
  const lines: Line[] = [];
  let above: string[] = [];
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const { name, options } = wordsOf(line);
    if (name === '') {
      above.push(line);
      continue;
    }
    const strip = Number(/^-p(\d)$/.exec(options.at(-1) ?? '')?.[1] ?? 1);
    lines.push({ name, strip, text: line, above });
    above = [];
  }
  const same = (one: Listed, other: Listed | undefined): boolean =>
    one.name === other?.name && one.strip === other.strip;
  if (lines.length === wanted.length && lines.every((line, at) => same(line, wanted[at])))
    return text;
  const body = wanted.flatMap((one) => {
    const line = lines.find((each) => same(each, one));
    if (!line) return [one.strip === 1 ? one.name : `${one.name} -p${one.strip}`];
    return [...(line === lines[0] ? [] : line.above), line.text];
  });
  const head = lines[0]?.above ?? above;
  const foot = lines.length === 0 ? [] : above;
  const all = text === '' ? body : [...head, ...body, ...foot];
  return all.map((line) => `${line}\n`).join('');
};

/** Writes the file `series` where it has to be another; gives whether it was. */
export const writeList = async (
  { directory, numbered }: Series,
  wanted: readonly Listed[],
): Promise<boolean> => {
  const file = join(directory, 'series');
  // Numbers are an order without it.
  if (numbered && wanted.every(({ name, strip }, at) => strip === 1 && isNumber(name, at + 1)))
    return false;
  const before = await readFile(file, 'utf8').catch(() => '');
  const now = editedList(before, wanted);
  if (now === before) return false;
  await writeFile(`${file}.new`, now);
  await rename(`${file}.new`, file);
  return true;
};

/** Whether a patch has this number, as git-format-patch(1) gives it. */
export const isNumber = (name: string, number: number): boolean =>
  name.startsWith(`${String(number).padStart(4, '0')}-`);
