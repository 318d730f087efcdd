// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { directoriesOf, fileOf, type Context, type Roots } from '../base/context.ts';
import { mapSome } from '../base/pool.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { readFragments, type Fragments } from '../kconfig/configure.ts';
import { parseConfig, type Option } from '../kconfig/fragment.ts';
import { readNeeds, type Needs } from '../kconfig/needs.ts';
import { readModuleSource, type ModuleSource } from '../kernel/modules/module-source.ts';
import { aheadOf } from '../series/checkout/remembered.ts';
import { readAllSeries, type Series } from '../series/series.ts';
import { readPin, type Pin } from '../source/pin.ts';
import type { RunSpec } from './spec.ts';

/** What of kernel-patches/ a command works on. */
export type InputsSpec = Pick<
  RunSpec['kernel'],
  'series' | 'seriesDirectories' | 'posted' | 'variants' | 'config' | 'moduleDirectories'
>;

/** Read and found well-formed, before anything is fetched or built. */
export interface Inputs {
  readonly pin: Pin;
  readonly series: readonly Series[];
  /** base.config, the fragments of the series, those of the variants. */
  readonly fragments: Fragments;
  /** Of {@link fragments} those that base.config alone asks for. */
  readonly baseOptions: readonly Option[];
  /** Of {@link fragments} those that the series ask for. */
  readonly ownOptions: readonly Option[];
  readonly needs: Needs;
  /** With the variant modules: see KernelInputs. */
  readonly modules: readonly ModuleSource[] | undefined;
}

/** The fragments that variants are. */
export const variantFiles = (roots: Roots, names: readonly string[]): readonly string[] =>
  names.map((name) => fileOf(roots, 'kernel-patches', 'variants', `${name}.config`));

/** The names of all variants, kbt's and the project's. */
export const variantsOf = async (roots: Roots): Promise<readonly string[]> => {
  const homes = directoriesOf(roots, 'kernel-patches', 'variants');
  const names = (await Promise.all(homes.map((home) => readdir(home)))).flat();
  return [...new Set(names.flatMap((name) => /^(.+)\.config$/.exec(name)?.[1] ?? []))].sort();
};

/** Says of series that have no series file, or were posted, what was made of that. */
export const tellOrder = ({ emit }: Context, series: readonly Series[]): void => {
  for (const { name, notes } of series)
    for (const note of notes) emit({ type: 'warning', text: `${name}: ${note}` });
  for (const { name, patches } of series.filter(({ numbered }) => numbered))
    emit({
      type: 'warning',
      text: `${name} has no series file: its patches come in the order of their numbers, ${patches
        .map((patch) => patch.name)
        .join(', ')}`,
    });
};

/** Says of series that were edited in a checkout and are tested as their files say. */
export const tellCheckouts = async (context: Context, all: readonly Series[]): Promise<void> => {
  for (const series of all) {
    const directory = await aheadOf(context, series);
    if (directory === undefined) continue;
    const text = `${series.name} has other commits in ${directory}: kbt series export ${series.name}`;
    context.emit({ type: 'warning', text });
  }
};

/** base.config and the architecture's part of it; a project's own may be whole by itself. */
const baseFiles = (roots: Roots): readonly string[] => {
  const base = fileOf(roots, 'kernel-patches', 'base.config');
  const part = join(dirname(base), ARCH.config);
  return existsSync(part) ? [base, part] : [base];
};

/** Reads all that a person may have got wrong. */
export const readInputs = async (roots: Roots, spec: InputsSpec): Promise<Result<Inputs>> => {
  const pin = await readPin(roots);
  if (!pin.ok) return pin;
  const { posted } = spec;
  const series = await readAllSeries(roots.project, {
    named: spec.series,
    directories: spec.seriesDirectories,
    posted:
      posted?.file === undefined ? undefined : { file: posted.file, revision: posted.revision },
  });
  if (!series.ok) return series;
  const variants = variantFiles(roots, spec.variants);
  const unknown = spec.variants.find((_, index) => !existsSync(variants[index] ?? ''));
  if (unknown !== undefined)
    return fail('usage', `there is no variant ${unknown}`, {
      where: join(roots.project, 'kernel-patches', 'variants'),
      remedy: `there are: ${(await variantsOf(roots)).join(', ')}`,
    });
  const own = series.value.flatMap((s) => (s.config === undefined ? [] : [s.config]));
  const base = spec.config === undefined ? baseFiles(roots) : [];
  const fragments = await readFragments([...base, ...own, ...variants]);
  if (!fragments.ok) return fragments;
  const start = await readStart(spec.config);
  if (!start.ok) return start;
  const needs = await readNeeds(variants);
  if (!needs.ok) return needs;
  const modules = await mapSome(spec.moduleDirectories, { atOnce: 1 }, readModuleSource);
  if (!modules.ok) return modules;
  return ok({
    pin: pin.value,
    series: series.value,
    fragments: { ...fragments.value, ...start.value },
    ownOptions: fragments.value.options.filter(({ where }) =>
      own.some((file) => where.startsWith(`${file}:`)),
    ),
    baseOptions: fragments.value.options.filter(({ where }) =>
      base.some((file) => where.startsWith(`${file}:`)),
    ),
    needs: needs.value,
    modules: spec.variants.includes('modules') ? modules.value : undefined,
  });
};

const readStart = async (
  file: string | undefined,
): Promise<Result<{ readonly start?: string }>> => {
  if (file === undefined) return ok({});
  const start = await readFile(resolve(file), 'utf8').catch(() => undefined);
  if (start === undefined) return fail('usage', `--config: cannot read ${file}`);
  // Else the release would name commits of ours.
  const fixed = `${start}\n# CONFIG_LOCALVERSION_AUTO is not set\n`;
  const config = parseConfig(start);
  return config.size > 0
    ? ok({ start: config.get('CONFIG_LOCALVERSION_AUTO') === 'y' ? fixed : start })
    : fail('usage', `--config: ${file} is no .config`, {
        remedy: 'give the .config of a kernel, or /boot/config-*',
      });
};
