// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { digest } from '../base/fingerprint.ts';
import { fail, ok, type Result } from '../base/result.ts';

export interface Patch {
  /** As the series file names it: 0001-add-a-call.patch. */
  readonly name: string;
  readonly file: string;
  /** The file's bytes, read once: what is digested is what is applied. */
  readonly data: Buffer;
  /** sha256 of {@link data}. */
  readonly digest: string;
}

/** An ordered list of patches and what belongs to it. */
export interface Series {
  readonly name: string;
  readonly directory: string;
  readonly patches: readonly Patch[];
  /** The `config` fragment's path; undefined when the series has none. */
  readonly config: string | undefined;
  /** The KUnit suites that its kernel has to hold, from the file `kunit`. */
  readonly suites: readonly Suite[];
}

/** A KUnit suite that a series promises. */
export interface Suite {
  /** As /sys/kernel/debug/kunit has it. */
  readonly name: string;
  /** file:line */
  readonly where: string;
}

/** The `kunit` file of a series: the name of one suite a line, `#` begins a comment. */
export const parseSuites = (text: string, file: string): Result<readonly Suite[]> => {
  const suites: Suite[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const name = line.replace(/#.*$/, '').trim();
    if (name === '') continue;
    const where = `${file}:${index + 1}`;
    if (!/^[\w+][\w.+-]*$/.test(name))
      return fail('unbuildable', `${name} is no name of a KUnit suite`, { where });
    if (suites.some((suite) => suite.name === name))
      return fail('unbuildable', `the suite ${name} is named twice`, { where });
    suites.push({ name, where });
  }
  return ok(suites);
};

/**
 * The entries of a quilt series file: one patch a line, `#` begins a comment,
 * `-p1` is the only option allowed (quilt(1), "SERIES FILE").
 */
export const parseSeriesFile = (text: string, file: string): Result<readonly string[]> => {
  const names: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [name, ...options] = line
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (name === undefined || name === '') continue;
    const where = `${file}:${index + 1}`;
    if (options.some((option) => option !== '-p1'))
      return fail('unbuildable', `the series asks for ${options.join(' ')}`, {
        where,
        remedy: 'patches apply with -p1, as git format-patch writes them',
      });
    if (name.startsWith('/') || name.split('/').includes('..'))
      return fail('unbuildable', `${name} lies outside the series`, { where });
    if (names.includes(name))
      return fail('unbuildable', `${name} is in the series twice`, { where });
    names.push(name);
  }
  return ok(names);
};

/** Numbered patches must come in the order of their numbers. */
const misordered = (names: readonly string[]): readonly [string, string] | undefined => {
  const numbered = names.flatMap((name) => {
    const number = /^(?:v\d+-)?(\d{4})-/.exec(basename(name))?.[1];
    return number === undefined ? [] : [{ name, number }];
  });
  for (const [index, { name, number }] of numbered.entries()) {
    const before = numbered[index - 1];
    if (before && before.number >= number) return [before.name, name];
  }
  return undefined;
};

/** Reads a series from its directory. Fails with `unbuildable`, or `usage` where there is no such directory. */
export const readSeries = async (directory: string): Promise<Result<Series>> => {
  const name = basename(resolve(directory));
  const file = join(directory, 'series');
  const entries = await readdir(directory).catch(() => undefined);
  if (entries === undefined) return fail('usage', `there is no series directory ${directory}`);
  if (!entries.includes('series'))
    return fail('unbuildable', `the series ${name} has no series file`, {
      where: file,
      remedy: `write one patch name a line: (cd ${directory} && ls *.patch > series)`,
    });
  const parsed = parseSeriesFile(await readFile(file, 'utf8'), file);
  if (!parsed.ok) return parsed;
  if (parsed.value.length === 0)
    return fail('unbuildable', `the series ${name} is empty`, {
      where: file,
      remedy: 'name at least one patch in it',
    });
  const wrong = misordered(parsed.value);
  if (wrong)
    return fail('unbuildable', `${wrong[1]} comes after ${wrong[0]}`, {
      where: file,
      remedy: 'put numbered patches in the order of their numbers',
    });
  const patches: Patch[] = [];
  for (const patch of parsed.value) {
    const data = await readFile(join(directory, patch)).catch(() => undefined);
    if (data === undefined)
      return fail('unbuildable', `the series names ${patch}, which is not there`, {
        where: file,
      });
    patches.push({ name: patch, file: join(directory, patch), data, digest: digest(data) });
  }
  const suiteFile = join(directory, 'kunit');
  const suites = entries.includes('kunit')
    ? parseSuites(await readFile(suiteFile, 'utf8'), suiteFile)
    : ok([]);
  if (!suites.ok) return suites;
  return ok({
    name,
    directory,
    patches,
    suites: suites.value,
    config: entries.includes('config') ? join(directory, 'config') : undefined,
  });
};

/** The names of the series in a directory of them. */
export const seriesIn = async (home: string): Promise<readonly string[]> =>
  (await readdir(home, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory() && entry.name !== 'variants')
    .map((entry) => entry.name)
    .sort();

/**
 * Reads the series asked for, in order: names below kernel-patches/, the only one there
 * where no names are given, then directories.
 */
export const readAllSeries = async (
  project: string,
  named: readonly string[] | undefined,
  directories: readonly string[],
): Promise<Result<readonly Series[]>> => {
  const all: Series[] = [];
  const home = join(project, 'kernel-patches');
  const there = await seriesIn(home);
  const names = named ?? there;
  if (named === undefined && there.length === 0)
    return fail('usage', 'there is no series', {
      where: home,
      remedy: 'give a directory by --series-dir, or --series none for the bare source',
    });
  if (named === undefined && there.length > 1)
    return fail('usage', 'there are several series', {
      where: home,
      remedy: `name by --series those that you mean: ${there.join(', ')}`,
    });
  for (const name of names) {
    if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || name === 'variants')
      return fail('usage', `${name} is no name of a series`);
    const series = await readSeries(join(home, name));
    if (!series.ok) {
      if (series.failure.kind !== 'usage') return series;
      return fail('usage', `there is no series ${name}`, {
        where: home,
        remedy:
          there.length > 0 ? `there are: ${there.join(', ')}` : 'give a directory by --series-dir',
      });
    }
    all.push(series.value);
  }
  for (const directory of directories) {
    const series = await readSeries(resolve(directory));
    if (!series.ok) return series;
    all.push(series.value);
  }
  return ok(all);
};
