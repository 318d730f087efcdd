// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOf, type Roots } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { readFragments } from '../../kconfig/configure.ts';
import { table } from '../../report/table.ts';
import { aheadOf, remembered } from '../../series/checkout/remembered.ts';
import { messageOf } from '../../series/patch/mail.ts';
import { seriesIn, type Series } from '../../series/series.ts';
import { variantsOf } from '../../run/inputs.ts';
import { programsIn } from '../../run/tests/plan.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { readOne } from './read-one.ts';

/** Prints each series below kernel-patches/, and of one that cannot be read why. */
export const listCommand = async (invocation: Invocation): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async (context) => {
    const home = join(context.project, 'kernel-patches');
    const names = await seriesIn(home);
    if (names.length === 0)
      return fail('usage', 'there is no series', {
        where: home,
        remedy: 'begin one: kbt series new NAME',
      });
    return ok(await Promise.all(names.map((name) => rowOf(context, name))));
  });
  if (!result.ok) return refuse(result.failure);
  const rows = table(
    ['', 'patches', 'programs', 'suites'],
    result.value.map(({ row }) => row),
  );
  const texts = rows.map((row, index) => `${row}  ${result.value[index - 1]?.title ?? ''}`);
  process.stdout.write(texts.map((line) => `${line.trimEnd()}\n`).join(''));
  return exitCode(0);
};

interface Row {
  readonly row: readonly string[];
  readonly title: string;
}

const rowOf = async (roots: Roots, name: string): Promise<Row> => {
  const read = await readOne(roots, name);
  if (!read.ok) return { row: [name, '', '', ''], title: read.failure.what };
  const programs = await programsOf(roots, name);
  if (!programs.ok) return { row: [name, '', '', ''], title: programs.failure.what };
  const { patches, suites } = read.value;
  const counts = [patches, programs.value, suites].map(({ length }) => length);
  return { row: [name, ...counts.map(String)], title: await titleOf(read.value) };
};

/** Prints what a series is made of, and where its checkout is. */
export const showCommand = async (name: string, invocation: Invocation): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(invocation, async (context) => {
    const read = await readOne(context, name);
    if (!read.ok) return read;
    const series = read.value;
    const options = await optionsOf(series);
    if (!options.ok) return options;
    const programs = await programsOf(context, name);
    if (!programs.ok) return programs;
    const known = await remembered(context, series);
    const ahead = await aheadOf(context, series);
    return ok([
      ...[name, await titleOf(series), ''],
      ...(await Promise.all(series.patches.map(lineOf))),
      ...listed('options', options.value),
      ...listed(
        'suites',
        series.suites.map((suite) => suite.name),
      ),
      ...listed('programs', programs.value),
      ...(known ? ['', `checkout: ${known.directory}`] : []),
      ...(ahead === undefined ? [] : [`it has other commits: kbt series export ${name}`]),
    ]);
  });
  if (!result.ok) return refuse(result.failure);
  process.stdout.write(result.value.map((line) => `${line}\n`).join(''));
  return exitCode(0);
};

const listed = (what: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : ['', `${what}: ${names.join(', ')}`];

/** The first heading of its README.md; nothing without one. */
const titleOf = async ({ directory }: Series): Promise<string> => {
  const text = await readFile(join(directory, 'README.md'), 'utf8').catch(() => '');
  return /^# (.+)$/m.exec(text)?.[1] ?? '';
};

/** The number by which --patches knows it, and what it does. */
const lineOf = async (
  { mail, name }: Series['patches'][number],
  index: number,
): Promise<string> => {
  const { subject } = await messageOf(mail, name);
  return `${String(index + 1).padStart(4)}  ${subject}`;
};

const optionsOf = async ({ config }: Series): Promise<Result<readonly string[]>> => {
  if (config === undefined) return ok([]);
  const read = await readFragments([config]);
  return read.ok ? ok(read.value.options.map(({ name, value }) => `${name}=${value}`)) : read;
};

/** The names of its guest programs. */
const programsOf = async (roots: Roots, name: string): Promise<Result<readonly string[]>> => {
  const home = fileOf(roots, 'guest', 'programs', name);
  const found = await programsIn(home, await variantsOf(roots));
  return found.ok ? ok((found.value ?? []).map((program) => program.name)) : found;
};
