// SPDX-License-Identifier: MIT
import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import type { Suite } from '../series/series.ts';

/** One guest test program; a KUnit suite of the kernel counts as one. */
export interface Program {
  readonly name: string;
  /** Its file; of a suite the `file:line` that promises it. */
  readonly source: string;
  readonly kind: 'c' | 'executable' | 'kunit';
  /** Seconds; its own line in the program, or undefined. */
  readonly timeout: number | undefined;
}

/** What runs, and what is packed beside it. */
export interface Plan {
  /** In the order they run. */
  readonly programs: readonly Program[];
  /** C files whose programs the others find in /tests/helpers. */
  readonly helpers: readonly string[];
}

/** Where programs may come from and which of them are wanted. */
export interface PlanWanted {
  /** guest/programs: `base` and the directory of each series. */
  readonly home: string;
  readonly series: readonly string[];
  readonly directories: readonly string[];
  /** The KUnit suites that the series promise. */
  readonly suites: readonly Suite[];
  /** Globs over names; empty for all. */
  readonly tests: readonly string[];
}

/** A day, in seconds: no deadline is longer. */
const LONGEST_S = 86_400;

const inRange = (seconds: number): boolean => seconds >= 1 && seconds <= LONGEST_S;

/** `*` and `?` as the shell has them. */
export const globToRegExp = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

/** A program's own deadline: a line `kbt: timeout=SECONDS` in a comment near its top. */
export const timeoutOf = (text: string): number | undefined => {
  const match = /\bkbt: timeout=(\d+)\b/.exec(text.slice(0, 4096));
  return match?.[1] === undefined ? undefined : Number(match[1]);
};

/**
 * The programs to run, in the order they run: known whole before the first
 * starts. Fails with `usage` where nothing matches or two share a name.
 */
export const makePlan = async (wanted: PlanWanted): Promise<Result<Plan>> => {
  const programs: Program[] = [];
  for (const name of ['base', ...wanted.series]) {
    const found = await programsIn(join(wanted.home, name));
    programs.push(...(found ?? []));
  }
  for (const directory of wanted.directories) {
    const found = await programsIn(resolve(directory));
    if (!found) return fail('usage', `--test-dir: there is no directory ${directory}`);
    if (found.length === 0)
      return fail('usage', `--test-dir: ${directory} holds no program`, {
        remedy: 'a program is a .c file or an executable file',
      });
    programs.push(...found);
  }
  programs.push(...wanted.suites.map(programOfSuite));
  const odd = programs.find((p) => !/^[\w+][\w.+-]*$/.test(p.name));
  if (odd)
    return fail('usage', `the program name ${odd.name} is not safe for a shell`, {
      where: odd.source,
      remedy: 'use letters, digits, and any of _ . + -',
    });
  const taken = programs.find((p) => p.name === 'helpers');
  if (taken)
    return fail('usage', 'no program can be called helpers: /tests/helpers is their directory', {
      where: taken.source,
    });
  const endless = programs.find((p) => p.timeout !== undefined && !inRange(p.timeout));
  if (endless)
    return fail('usage', `kbt: timeout=${endless.timeout ?? 0} is not between 1 and ${LONGEST_S}`, {
      where: endless.source,
    });
  const twice = programs.find((p, i) => programs.findIndex((q) => q.name === p.name) !== i);
  if (twice) return fail('usage', `two programs are called ${twice.name}`, { where: twice.source });
  const unmatched = wanted.tests.find(
    (glob) => !programs.some((p) => globToRegExp(glob).test(p.name)),
  );
  if (unmatched !== undefined)
    return fail('usage', `--tests ${unmatched}: no program is called so`, {
      remedy: `there are: ${programs.map((p) => p.name).join(', ')}`,
    });
  const patterns = wanted.tests.map(globToRegExp);
  const chosen = programs.filter(
    (p) => patterns.length === 0 || patterns.some((pattern) => pattern.test(p.name)),
  );
  if (chosen.length === 0)
    return fail('usage', 'there is no program to run', { remedy: 'give one with --test-dir' });
  const helpers = await helpersOf(chosen);
  const double = helpers.find((file, i) => helpers.some((f, j) => j < i && sameName(f, file)));
  return double === undefined
    ? ok({ programs: chosen, helpers })
    : fail('usage', `two helpers are called ${basename(double, '.c')}`, { where: double });
};

const sameName = (a: string, b: string): boolean => basename(a) === basename(b);

/** A suite's program has a name that no file is given by accident. */
const programOfSuite = ({ name, where }: Suite): Program => ({
  name: `kunit.${name}`,
  source: where,
  kind: 'kunit',
  timeout: undefined,
});

/** The C files in `helpers/` beside the programs that run. */
const helpersOf = async (programs: readonly Program[]): Promise<readonly string[]> => {
  const files = programs.filter((p) => p.kind !== 'kunit').map((p) => p.source);
  const helpers: string[] = [];
  for (const home of new Set(files.map((file) => join(dirname(file), 'helpers')))) {
    const names = await readdir(home).catch(() => []);
    helpers.push(...names.filter((name) => name.endsWith('.c')).map((name) => join(home, name)));
  }
  return helpers.sort();
};

const programsIn = async (directory: string): Promise<readonly Program[] | undefined> => {
  const names = await readdir(directory).catch(() => undefined);
  if (!names) return undefined;
  const programs: Program[] = [];
  for (const name of names.sort()) {
    const source = join(directory, name);
    const isC = name.endsWith('.c');
    if (name.startsWith('.') || !(await isProgram(source, isC))) continue;
    const head = await readFile(source).then((data) => data.subarray(0, 4096).toString('latin1'));
    programs.push({
      name: isC ? basename(name, '.c') : name,
      source,
      kind: isC ? 'c' : 'executable',
      timeout: timeoutOf(head),
    });
  }
  return programs;
};

/** A C file, or a file that may be executed; not a directory or a link to nowhere. */
const isProgram = async (file: string, isC: boolean): Promise<boolean> => {
  const what = await stat(file).catch(() => undefined);
  if (!what?.isFile()) return false;
  return (
    isC ||
    access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
  );
};
