// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { fragmentsOf, type Fragments } from '../../kconfig/configure.ts';
import { lastWords, parseFragment, type Option } from '../../kconfig/fragment.ts';
import type { Series } from '../../series/series.ts';
import type { Source } from '../../source/source.ts';
import type { BisectRange } from './range.ts';
import type { Candidate } from '../../trial/candidate.ts';

/** Two configurations, one good and one bad, of the same source. */
export interface OptionRangeOptions {
  readonly source: Source;
  readonly series: readonly Series[];
  /** The options below both, where they are fragments and not a whole .config. */
  readonly options: readonly Option[];
  readonly goodConfig: string;
  readonly badConfig: string;
  readonly variant: string;
  readonly modules?: Candidate['kernel']['modules'];
}

/** A .config that a kernel's make wrote names the compiler; a fragment does not. */
const WHOLE = 'CONFIG_CC_VERSION_TEXT';

/**
 * The lines in which two configurations differ, in the order of the bad one: that
 * of the Kconfig menus, in which an option mostly comes after what it depends on.
 * Each state has some more of them as the bad one has them. Fails with `usage`
 * or, where a file is no configuration, `unbuildable`.
 */
export const optionRange = async (ends: OptionRangeOptions): Promise<Result<BisectRange>> => {
  const good = await readOptions(ends.goodConfig);
  if (!good.ok) return good;
  const bad = await readOptions(ends.badConfig);
  if (!bad.ok) return bad;
  const whole = isWhole(bad.value);
  if (whole !== isWhole(good.value))
    return fail('usage', 'one is a whole .config, the other a fragment', {
      where: `${ends.goodConfig}, ${ends.badConfig}`,
      remedy: 'give two of the same kind',
    });
  const changes = differences(good.value, bad.value);
  if (changes.length === 0)
    return fail('usage', 'the two configurations are the same', {
      where: `${ends.goodConfig}, ${ends.badConfig}`,
    });
  const state = (label: string, changed: readonly Option[]): Candidate => ({
    label,
    kernel: {
      source: ends.source,
      series: ends.series,
      fragments: lay(whole, ends.options, [...good.value, ...changed]),
      variant: ends.variant,
      modules: ends.modules,
      allowWarnings: true,
    },
  });
  return ok({
    title: `${changes.length} lines of configuration from ${ends.goodConfig} to ${ends.badConfig}`,
    good: [state(ends.goodConfig, [])],
    suspects: changes.map((change, index) => ({
      id: describe(change),
      label: describe(change),
      parents: index === 0 ? [] : [index - 1],
      candidate: () => Promise.resolve(ok(state(describe(change), changes.slice(0, index + 1)))),
    })),
    without: (index) => {
      const rest = changes.filter((_, other) => other !== index);
      const change = changes[index];
      return Promise.resolve(ok(state(`without ${change ? describe(change) : ''}`, rest)));
    },
    byHand: (_, command) =>
      command === 'boot-test' ? [`npx kbt boot-test --config ${ends.badConfig}`] : [],
  });
};

const readOptions = async (file: string): Promise<Result<readonly Option[]>> => {
  const text = await readFile(resolve(file), 'utf8').catch(() => undefined);
  if (text === undefined) return fail('usage', `there is no configuration ${file}`);
  const options = parseFragment(text, file);
  return options.ok ? ok(lastWords(options.value)) : options;
};

const isWhole = (options: readonly Option[]): boolean => options.some(({ name }) => name === WHOLE);

/** The options whose values differ, as in the bad one; an option that only the good one names is off there. */
export const differences = (good: readonly Option[], bad: readonly Option[]): readonly Option[] => {
  const valuesOf = (options: readonly Option[]) =>
    new Map(options.map(({ name, value }) => [name, value]));
  const [before, after] = [valuesOf(good), valuesOf(bad)];
  return [
    ...bad.filter(({ name, value }) => (before.get(name) ?? 'n') !== value),
    ...good
      .filter(({ name, value }) => !after.has(name) && value !== 'n')
      .map((option) => ({ ...option, value: 'n' })),
  ];
};

/**
 * A whole .config is a start, of which olddefconfig makes what it can: half of
 * two configurations need not be one. A fragment must survive as any other does.
 */
const lay = (whole: boolean, base: readonly Option[], options: readonly Option[]): Fragments =>
  whole
    ? { ...fragmentsOf([]), start: fragmentsOf(lastWords(options)).text }
    : fragmentsOf(lastWords([...base, ...options]));

const describe = ({ name, value }: Option): string =>
  value === 'n' ? `# ${name} is not set` : `${name}=${value}`;
