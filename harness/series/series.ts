// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { readPatches, type Patch } from './patch/patch.ts';
import { entriesByNumber, parseSeriesFile } from './files/series-file.ts';
import { readPosted } from './posted/read-posted.ts';
import { parseSuites, type Suite } from './files/suites.ts';

/** An ordered list of patches and what belongs to it. */
export interface Series {
  readonly name: string;
  readonly directory: string;
  readonly patches: readonly Patch[];
  /** It has no series file: its patches come in the order of their numbers. */
  readonly numbered: boolean;
  /** The `config` fragment's path; undefined when the series has none. */
  readonly config: string | undefined;
  /** The KUnit suites that its kernel has to hold, from the file `kunit`. */
  readonly suites: readonly Suite[];
  /** What a person has to know of how it was read. */
  readonly notes: readonly string[];
}

/** Which series are meant. */
export interface SeriesAsked {
  /** Names below kernel-patches/; undefined: all that are there, in the order of their names. */
  readonly named?: readonly string[] | undefined;
  readonly directories?: readonly string[];
  /** A series without patches is one: it has just begun. */
  readonly mayBeEmpty?: boolean;
  /** One as it was posted. */
  readonly posted?: { readonly file: string; readonly revision: number | undefined } | undefined;
}

/** Directories of kernel-patches/ with fragments, and no series. */
const FRAGMENTS = ['variants', 'kselftest'];

/** Fails with `usage` for what could be no directory below kernel-patches/, or one elsewhere. */
export const checkName = (name: string): Result<void> =>
  /^[A-Za-z0-9][\w.-]*$/.test(name) && !FRAGMENTS.includes(name)
    ? ok(undefined)
    : fail('usage', `${name} is no name of a series`, {
        remedy: 'letters, digits, and between them . _ -',
      });

/** Reads a series from its directory. Fails with `unbuildable`, or `usage` where there is no such directory. */
export const readSeries = async (
  directory: string,
  { mayBeEmpty = false }: Pick<SeriesAsked, 'mayBeEmpty'> = {},
): Promise<Result<Series>> => {
  const name = basename(resolve(directory));
  const entries = await readdir(directory).catch(() => undefined);
  if (entries === undefined) return fail('usage', `there is no series directory ${directory}`);
  const file = join(directory, 'series');
  const numbered = !entries.includes('series');
  const parsed = numbered
    ? entriesByNumber(entries, directory)
    : parseSeriesFile(await readFile(file, 'utf8'), file);
  if (!parsed.ok) return parsed;
  const patches: Patch[] = [];
  for (const entry of parsed.value) {
    const read = await readPatches(directory, entry);
    if (!read.ok) return read;
    patches.push(...read.value);
  }
  if (patches.length === 0 && !mayBeEmpty)
    return fail('unbuildable', `the series ${name} is empty`, {
      code: 'series-unreadable',
      where: file,
      remedy: `name at least one patch in it, or write some: kbt series checkout ${name}`,
    });
  const suiteFile = join(directory, 'kunit');
  const suites = entries.includes('kunit')
    ? parseSuites(await readFile(suiteFile, 'utf8'), suiteFile)
    : ok([]);
  if (!suites.ok) return suites;
  return ok({
    name,
    directory,
    patches,
    numbered,
    notes: [],
    suites: suites.value.map((suite) => ({ ...suite, series: name })),
    config: entries.includes('config') ? join(directory, 'config') : undefined,
  });
};

/** The names of the series in a directory of them. */
export const seriesIn = async (home: string): Promise<readonly string[]> =>
  (await readdir(home, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory() && !FRAGMENTS.includes(entry.name))
    .map((entry) => entry.name)
    .sort();

/**
 * Reads the series asked for, in order: names below kernel-patches/, all that are there
 * where no names are given, then directories, then what was posted.
 */
export const readAllSeries = async (
  project: string,
  { named, directories = [], posted, mayBeEmpty = false }: SeriesAsked,
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
  for (const name of names) {
    const right = checkName(name);
    if (!right.ok) return right;
    const series = await readSeries(join(home, name), { mayBeEmpty });
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
  if (posted) {
    const read = await readPosted([posted.file], posted.revision);
    if (!read.ok) return read;
    const { name, patches, notes } = read.value;
    const directory = dirname(resolve(posted.file));
    all.push({ name, directory, patches, notes, numbered: false, config: undefined, suites: [] });
  }
  return ok(all);
};
