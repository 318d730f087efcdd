// SPDX-License-Identifier: MIT
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { obtainImage } from '../../guest/image.ts';
import { imageOf, type Kernel } from '../../kernel/kernel.ts';
import { obtainKernel } from '../../kernel/obtain.ts';
import { prepareWithSource, type Sourced } from '../../run/prepare.ts';
import { memoryOf, type RunSpec } from '../../run/spec.ts';
import { firstPatches } from '../../run/subject.ts';
import { fragmentsAt, prefixOf } from '../../series/prefix.ts';
import type { Counted } from '../../vm/machine.ts';
import { account, type Account } from './attribution.ts';
import { runBoot, runProbes, type Told } from './count-run.ts';
import { packProbes } from './probes.ts';
import { sizesOf, type Sizes } from './sizes.ts';

export interface CostOptions {
  /** Directories of more probes. */
  readonly probeDirectories: readonly string[];
  /** Each kernel is run so often: its figures have to be the same each time. */
  readonly runs: number;
}

/** A figure of both kernels; a text says why one has none, and a list that its runs differ. */
export interface CostRow {
  readonly name: string;
  readonly base: Value;
  readonly patched: Value;
}
export type Value = number | string | readonly (number | string)[];

/** Where a difference comes from: functions with their instructions on either side. */
export interface CostAccount {
  readonly probe: string;
  readonly functions: readonly {
    readonly name: string;
    readonly base: number;
    readonly patched: number;
  }[];
}

export interface Cost {
  readonly series: readonly string[];
  /** Guest instructions. */
  readonly instructions: readonly CostRow[];
  readonly accounts: readonly CostAccount[];
  /** Why there are none. */
  readonly unaccounted?: string;
  /** Bytes by section, KiB of memory after boot, bytes by symbol where they differ. */
  readonly bytes: readonly CostRow[];
  readonly memory: readonly CostRow[];
  readonly symbols: readonly CostRow[];
}

/** Builds the source without the series and with it, and counts on both. */
export const cost = async (
  context: Context,
  asked: RunSpec,
  { probeDirectories, runs }: CostOptions,
): Promise<Result<Cost>> => {
  const prepared = await prepareWithSource(context, asked);
  if (!prepared.ok) return prepared;
  const { inputs, spec } = prepared.value;
  const { series } = inputs;
  const { directory } = spec.output;
  if (series.length === 0)
    return fail('usage', 'there is no series whose cost could be counted', {
      remedy: 'name one by --series or --series-dir',
    });
  const kernels = await bothKernels(context, prepared.value, spec.kernel.patches);
  if (!kernels.ok) return kernels;
  const [base, patched] = kernels.value;
  await mkdir(directory, { recursive: true });
  const initrd = join(directory, 'probes.cpio');
  const names = series.map(({ name }) => name);
  const packed = await packProbes(context, patched, names, probeDirectories, initrd);
  if (!packed.ok) return packed;
  const subjectOf = (kernel: Kernel, name: string): Subject => ({
    kernel,
    name,
    counted: {
      kernel: imageOf(kernel),
      initrd,
      memoryMiB: memoryOf(spec),
      append: spec.machine.append.join(' '),
      console: join(directory, `console-${name}.log`),
    },
  });
  const subjects = [subjectOf(base, 'base'), subjectOf(patched, 'patched')] as const;
  const before = await measure(context, subjects[0], runs);
  if (!before.ok) return before;
  const after = await measure(context, subjects[1], runs);
  if (!after.ok) return after;
  const instructions = rowsOf(before.value.instructions, after.value.instructions);
  const accounts = await accountsOf(context, subjects, instructions);
  if (!accounts.ok && accounts.failure.kind === 'interrupted') return accounts;
  const symbols = rowsOf(before.value.sizes.symbols, after.value.sizes.symbols);
  return ok({
    series: names,
    instructions,
    accounts: accounts.ok ? accounts.value : [],
    ...(accounts.ok ? {} : { unaccounted: accounts.failure.what }),
    bytes: rowsOf(before.value.sizes.sections, after.value.sizes.sections),
    memory: rowsOf(before.value.memory, after.value.memory),
    symbols: symbols.filter((row) => row.base !== row.patched),
  });
};

const bothKernels = async (
  context: Context,
  { source, inputs, variant }: Sourced,
  count: number | undefined,
): Promise<Result<readonly [Kernel, Kernel]>> => {
  const { series, fragments } = inputs;
  const first = firstPatches(inputs, count);
  if (!first.ok) return first;
  const common = { source, variant, allowWarnings: true };
  const base = await obtainKernel(context, {
    ...common,
    series: prefixOf(series, 0),
    fragments: {
      ...fragmentsAt(fragments.options, series, 0),
      ...(fragments.start === undefined ? {} : { start: fragments.start }),
    },
  });
  if (!base.ok) return base;
  const patched = await obtainKernel(context, { ...common, ...first.value });
  return patched.ok ? ok([base.value, patched.value]) : patched;
};

interface Subject {
  readonly kernel: Kernel;
  readonly name: string;
  readonly counted: Counted;
}

interface Measured {
  readonly instructions: ReadonlyMap<string, Value>;
  readonly memory: ReadonlyMap<string, number>;
  readonly sizes: Sizes;
}

const measure = (
  context: Context,
  { kernel, name, counted }: Subject,
  runs: number,
): Promise<Result<Measured>> =>
  step(context, 'boot', `${name}: instructions`, async () => {
    const image = await obtainImage(context);
    if (!image.ok) return image;
    const tellings: ReadonlyMap<string, number | string>[] = [];
    let told: Told | undefined;
    while (tellings.length < runs) {
      const probes = await runProbes(context, counted);
      if (!probes.ok) return probes;
      const booted = await runBoot(context, { ...counted, initrd: image.value.file });
      if (!booted.ok) return booted;
      told = probes.value;
      tellings.push(new Map<string, number | string>([...told.probes, ...booted.value]));
    }
    const sizes = await sizesOf(context, kernel);
    if (!sizes.ok) return sizes;
    return ok({
      value: {
        instructions: steady(tellings),
        memory: told?.memory ?? new Map<string, number>(),
        sizes: sizes.value,
      },
      cached: false,
      note: `${name}, ${runs} times`,
    });
  });

/** The figure that all runs agree on, or all of them. */
export const steady = (
  tellings: readonly ReadonlyMap<string, number | string>[],
): ReadonlyMap<string, Value> => {
  const names = new Set(tellings.flatMap((told) => [...told.keys()]));
  return new Map(
    [...names].map((name): [string, Value] => {
      const values = tellings.map((told) => told.get(name) ?? 'it was not told');
      const [first = ''] = values;
      if (values.every((value) => value === first)) return [name, first];
      return [name, values];
    }),
  );
};

const rowsOf = (
  base: ReadonlyMap<string, Value>,
  patched: ReadonlyMap<string, Value>,
): readonly CostRow[] =>
  [...new Set([...base.keys(), ...patched.keys()])].map((name) => ({
    name,
    base: base.get(name) ?? 'it is not there',
    patched: patched.get(name) ?? 'it is not there',
  }));

/** No probe of ours: a boot is not taken apart. */
const BOOT = /^boot-to-/;

const accountsOf = async (
  context: Context,
  [base, patched]: readonly [Subject, Subject],
  rows: readonly CostRow[],
): Promise<Result<readonly CostAccount[]>> => {
  const differing = rows.filter(
    (row) =>
      typeof row.base === 'number' &&
      typeof row.patched === 'number' &&
      row.base !== row.patched &&
      !BOOT.test(row.name),
  );
  const accounts: CostAccount[] = [];
  for (const { name: probe } of differing) {
    const before = await account(context, base.kernel, probe, base.counted);
    if (!before.ok) return before;
    const after = await account(context, patched.kernel, probe, patched.counted);
    if (!after.ok) return after;
    accounts.push({ probe, functions: differingFunctions(before.value, after.value) });
  }
  return ok(accounts);
};

/** Those with the largest difference first. */
export const differingFunctions = (base: Account, patched: Account): CostAccount['functions'] =>
  [...new Set([...base.keys(), ...patched.keys()])]
    .map((name) => ({ name, base: base.get(name) ?? 0, patched: patched.get(name) ?? 0 }))
    .filter((one) => one.base !== one.patched)
    .sort((a, b) => Math.abs(b.patched - b.base) - Math.abs(a.patched - a.base));
