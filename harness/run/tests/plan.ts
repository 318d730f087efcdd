// SPDX-License-Identifier: MIT
import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { directoriesOf, type Roots } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { NO_NEEDS, readProgramNeeds, type ProgramNeeds } from './program-needs.ts';
import type { Suite } from '../../series/files/suites.ts';

/** One guest test program; a KUnit suite of the kernel counts as one. */
export interface Program {
  readonly name: string;
  /** Its file; of a suite the `file:line` that promises it, of a selftest where it is in the tree. */
  readonly source: string;
  readonly kind: 'c' | 'executable' | 'kunit' | 'kselftest' | 'ltp';
  readonly needs: ProgramNeeds;
  /** The series that it tests; undefined where it tests none of the project's. */
  readonly series?: string;
  readonly suite?: KunitSuite;
  /** Of a selftest how it begins, and the archive of its collection; a test of LTP is in the root already. */
  readonly selftest?: { readonly script: string; readonly archive?: string };
}

/** A KUnit suite as it is run. */
export interface KunitSuite {
  /** As the kernel has it. */
  readonly name: string;
  /** Its results are those of the boot: not every suite of the kernel's own can run twice. */
  readonly atBoot: boolean;
  /** A filter may leave none of its tests. */
  readonly filtered: boolean;
  /** The test of it, or tests, that alone were asked for, and have to be there. */
  readonly test?: string;
}

/** What runs, and what is packed beside it. */
export interface Plan {
  /** In the order they run. */
  readonly programs: readonly Program[];
  /** C files whose programs the others find in /tests/helpers. */
  readonly helpers: readonly string[];
}

/** Of a plan these programs alone. */
export const only = (plan: Plan, names: ReadonlySet<string>): Plan => ({
  ...plan,
  programs: plan.programs.filter((p) => names.has(p.name)),
});

/** Where programs come from, and which of them run. */
export interface PlanOptions {
  /** Directories of `base` and, of each series, one by its name. */
  readonly homes: readonly string[];
  readonly series: readonly string[];
  readonly directories: readonly string[];
  /** The KUnit suites that the series promise. */
  readonly suites: readonly Suite[];
  /** Of collections that were built, and of LTP. */
  readonly selftests?: readonly Program[];
  /** Whether KUnit suites are added once the kernel is built. */
  readonly suitesLater?: boolean;
  /** Globs over names; empty for all. */
  readonly tests: readonly string[];
  /** All variants that there are; a program may be for one. */
  readonly variants: readonly string[];
}

/** Where kbt has its programs, and the project. */
export const homesOf = (roots: Roots): readonly string[] =>
  directoriesOf(roots, 'guest', 'programs');

/** `*` and `?` as the shell has them. */
export const globToRegExp = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

/**
 * The programs to run, in the order they run: known whole before the first
 * starts. Fails with `usage` where nothing matches or two share a name.
 */
export const makePlan = async (options: PlanOptions): Promise<Result<Plan>> => {
  const programs: Program[] = [];
  for (const name of ['base', ...options.series])
    for (const home of options.homes) {
      const found = await programsIn(join(home, name), options.variants);
      if (!found.ok) return found;
      const of = options.series.includes(name) ? { series: name } : {};
      programs.push(...(found.value ?? []).map((program) => ({ ...program, ...of })));
    }
  for (const directory of options.directories) {
    const found = await programsIn(resolve(directory), options.variants);
    if (!found.ok) return found;
    if (!found.value) return fail('usage', `--test-dir: there is no directory ${directory}`);
    if (found.value.length === 0)
      return fail('usage', `--test-dir: ${directory} holds no program`, {
        remedy: 'a program is a .c file or an executable file',
      });
    programs.push(...found.value);
  }
  programs.push(
    ...options.suites.map((suite) => programOfSuite(suite)),
    ...(options.selftests ?? []),
  );
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
  const twice = programs.find((p, i) => programs.findIndex((q) => q.name === p.name) !== i);
  if (twice) return fail('usage', `two programs are called ${twice.name}`, { where: twice.source });
  const unmatched = options.tests.find(
    (glob) => !programs.some((p) => globToRegExp(glob).test(p.name)) && !isForLater(options, glob),
  );
  if (unmatched !== undefined)
    return fail('usage', `--tests ${unmatched}: no program is called so`, {
      remedy: `there are: ${programs.map((p) => p.name).join(', ')}`,
    });
  const patterns = options.tests.map(globToRegExp);
  const chosen = programs.filter(
    (p) => patterns.length === 0 || patterns.some((pattern) => pattern.test(p.name)),
  );
  if (chosen.length === 0 && options.suitesLater !== true)
    return fail('usage', 'there is no program to run', { remedy: 'give one with --test-dir' });
  const helpers = await helpersOf(chosen);
  const double = helpers.find((file, i) => helpers.some((f, j) => j < i && sameName(f, file)));
  return double === undefined
    ? ok({ programs: chosen, helpers })
    : fail('usage', `two helpers are called ${basename(double, '.c')}`, { where: double });
};

/** Whether a glob may match a suite that the kernel has. */
const isForLater = ({ suitesLater = false }: PlanOptions, glob: string): boolean =>
  suitesLater && glob.startsWith(KUNIT);

/** What the name of a suite's program begins with: no file is called so by accident. */
const KUNIT = 'kunit.';

const sameName = (a: string, b: string): boolean => basename(a) === basename(b);

/** The program of a suite: a name that a file could not have is made fit for one. */
export const programOfSuite = (
  { name, where, series }: Suite,
  how: Omit<KunitSuite, 'name'> = { atBoot: false, filtered: false },
): Program => ({
  name: `${KUNIT}${name.replace(/[^\w.+-]/g, '_')}`,
  suite: { name, ...how },
  source: where,
  kind: 'kunit',
  needs: NO_NEEDS,
  ...(series === undefined ? {} : { series }),
});

/** Whether a file of the user's is the program. */
export const isFile = ({ kind }: Program): boolean => kind === 'c' || kind === 'executable';

/** The C files in `helpers/` beside the programs that run. */
const helpersOf = async (programs: readonly Program[]): Promise<readonly string[]> => {
  const files = programs.filter(isFile).map((p) => p.source);
  const helpers: string[] = [];
  for (const home of new Set(files.map((file) => join(dirname(file), 'helpers')))) {
    const names = await readdir(home).catch(() => []);
    helpers.push(...names.filter((name) => name.endsWith('.c')).map((name) => join(home, name)));
  }
  return helpers.sort();
};

/** The programs of a directory; undefined where there is no such directory. Fails with `usage` for wrong needs. */
export const programsIn = async (
  directory: string,
  variants: readonly string[],
): Promise<Result<readonly Program[] | undefined>> => {
  const names = await readdir(directory).catch(() => undefined);
  if (!names) return ok(undefined);
  const programs: Program[] = [];
  for (const name of names.sort()) {
    const source = join(directory, name);
    const isC = name.endsWith('.c');
    if (name.startsWith('.') || !(await isProgram(source, isC))) continue;
    const data = await readFile(source);
    // What is no text says nothing.
    const text = data.includes(0) ? '' : data.toString('latin1');
    const needs = readProgramNeeds(text, source, variants);
    if (!needs.ok) return needs;
    programs.push({
      name: isC ? basename(name, '.c') : name,
      source,
      kind: isC ? 'c' : 'executable',
      needs: needs.value,
    });
  }
  return ok(programs);
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
