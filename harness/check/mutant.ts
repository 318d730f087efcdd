// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';
import { patchOf, type Patch } from '../series/patch/patch.ts';

/** A small patch on top of a series that breaks one guard of it. */
export interface Mutant {
  readonly patch: Patch;
  /** The program, and the test of it, that must notice. */
  readonly program: string;
  /** The name of a result; or an outcome of the program, in parentheses. */
  readonly test: string;
  /** The variant in which it shows; undefined for the plain kernel. */
  readonly variant: string | undefined;
}

/** `Caught-by: PROGRAM TEST`, and `Variant: NAME` where it takes one, in the patch's message. */
const CAUGHT_BY = /^Caught-by: (\S+) (\S+)$/m;
const VARIANT = /^Variant: ([\w-]+)$/m;

/** Reads the mutants of a series, by name. Fails with `usage` or `unbuildable`, naming the file. */
export const readMutants = async (
  root: string,
  series: string,
  names: readonly string[],
): Promise<Result<readonly Mutant[]>> => {
  const home = join(root, 'test', 'mutants', series);
  const there = await readdir(home).catch(() => []);
  const files = there.filter((name) => name.endsWith('.patch')).sort();
  const unknown = names.find((name) => !files.includes(`${name}.patch`));
  if (unknown !== undefined)
    return fail('usage', `there is no mutant ${unknown} of ${series}`, { where: home });
  const mutants: Mutant[] = [];
  for (const name of files.filter((f) => names.length === 0 || names.includes(f.slice(0, -6)))) {
    const file = join(home, name);
    const data = await readFile(file);
    const [, program, test] = CAUGHT_BY.exec(data.toString()) ?? [];
    if (program === undefined || test === undefined)
      return fail('unbuildable', `${name} does not say what must catch it`, {
        where: file,
        remedy: 'write a line Caught-by: PROGRAM TEST into its message',
      });
    const variant = VARIANT.exec(data.toString())?.[1];
    const patch = await patchOf(name, file, data);
    if (!patch) return fail('unbuildable', `${name} changes no file`, { where: file });
    mutants.push({ patch, program, test, variant });
  }
  return mutants.length === 0
    ? fail('usage', `the series ${series} has no mutants`, { where: home })
    : ok(mutants);
};
