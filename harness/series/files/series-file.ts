// SPDX-License-Identifier: MIT
import { basename } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';

/** A line of a series file. */
export interface Entry {
  /** Of the file, relative to the series; it may hold spaces. */
  readonly name: string;
  /** The N of `patch -pN`. */
  readonly strip: number;
  /** file:line */
  readonly where: string;
}

/** What a line of a series file says: the name of a patch, empty in a comment, and its options. */
export const wordsOf = (
  line: string,
): { readonly name: string; readonly options: readonly string[] } => {
  const words = line.replace(/(^|\s)#.*$/, '').trim();
  const [name = '', ...options] = words.split(/\s+(?=-)/);
  return { name, options };
};

/**
 * The entries of a quilt series file: one patch a line, `#` begins a comment, `-pN`
 * and `-pab` say how many directories its names have too many (quilt(1), "SERIES FILE").
 * Fails with `unbuildable`, naming the line.
 */
export const parseSeriesFile = (text: string, file: string): Result<readonly Entry[]> => {
  const entries: Entry[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const where = `${file}:${index + 1}`;
    const { name, options } = wordsOf(line);
    if (name === '') continue;
    let strip = 1;
    for (const option of options) {
      if (option === '-R')
        return fail('unbuildable', `the series asks for ${name} to be taken out (-R)`, {
          code: 'series-unreadable',
          where,
          remedy: 'write what takes it out as a patch of its own: git revert makes one',
        });
      const digit = /^-p(\d|ab)$/.exec(option)?.[1];
      if (digit === undefined)
        return fail('unbuildable', `the series asks for ${option}`, {
          code: 'series-unreadable',
          where,
          remedy: 'one patch a line, with -pN or nothing after its name',
        });
      strip = digit === 'ab' ? 1 : Number(digit);
    }
    if (name.startsWith('/') || name.split('/').includes('..'))
      return fail('unbuildable', `${name} lies outside the series`, {
        code: 'series-unreadable',
        where,
      });
    if (entries.some((entry) => entry.name === name))
      return fail('unbuildable', `${name} is in the series twice`, {
        code: 'series-unreadable',
        where,
      });
    entries.push({ name, strip, where });
  }
  const wrong = misordered(entries);
  return wrong
    ? fail('unbuildable', `${wrong[1].name} comes after ${wrong[0].name}`, {
        code: 'series-unreadable',
        where: wrong[1].where,
        remedy: 'put numbered patches in the order of their numbers',
      })
    : ok(entries);
};

/**
 * Patches with the numbers 1 to N, each once, as git-format-patch(1) gives them, must come in that
 * order. Other numbers, as where patches of many series are together, say nothing.
 */
const misordered = (entries: readonly Entry[]): readonly [Entry, Entry] | undefined => {
  const numbered = entries.flatMap((entry) => {
    const number = /^(?:v\d+-)?(\d{4})-/.exec(basename(entry.name))?.[1];
    return number === undefined ? [] : [{ entry, number: Number(number) }];
  });
  const numbers = new Set(numbered.map(({ number }) => number));
  const isCount = numbers.size === numbered.length && Math.max(...numbers) === numbers.size;
  if (!isCount) return undefined;
  for (const [index, { entry, number }] of numbered.entries()) {
    const before = numbered[index - 1];
    if (before && before.number >= number) return [before.entry, entry];
  }
  return undefined;
};

/**
 * The entries of a directory that has no series file: its patches in the order of the
 * numbers that their names begin with. Fails with `unbuildable` where that is no order.
 */
export const entriesByNumber = (
  names: readonly string[],
  directory: string,
): Result<readonly Entry[]> => {
  const patches = names
    .filter((name) => /\.(?:patch|diff)$/.test(name))
    .map((name) => ({ name, number: Number(NUMBER.exec(name)?.[1] ?? NaN) }))
    .sort((a, b) => a.number - b.number);
  const [odd] = patches.filter(({ number }) => Number.isNaN(number));
  const [twice] = patches.filter(({ number }, index) => patches[index - 1]?.number === number);
  const remedy = `write one patch name a line: (cd ${directory} && ls *.patch > series)`;
  const refuse = (what: string) =>
    fail('unbuildable', `${directory} has no series file, and ${what}`, {
      code: 'series-unreadable',
      where: directory,
      remedy,
    });
  if (patches.length === 0) return refuse('no patches');
  if (odd) return refuse(`${odd.name} has no number`);
  if (twice) return refuse(`two of its patches have the number ${twice.number}`);
  return ok(patches.map(({ name }) => ({ name, strip: 1, where: directory })));
};

const NUMBER = /^(?:v\d+-)?(\d+)[-_. ]/;
