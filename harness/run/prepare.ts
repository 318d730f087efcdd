// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { checkPacker } from '../guest/rootfs/rootfs.ts';
import { readWanted } from '../guest/kselftest/wanted.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import { applySeries } from '../series/apply/apply.ts';
import { acquireSource, acquireTree } from '../source/acquire.ts';
import { newestPin } from '../source/fetch/newest.ts';
import type { Source } from '../source/source.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { readInputs, tellCheckouts, tellOrder, variantsOf, type Inputs } from './inputs.ts';
import { COUNTS_OBJECTS, findsLeaks } from './program/module-leaks.ts';
import { givenRootfs } from './rootfs.ts';
import { ltpPrograms } from './tests/ltp.ts';
import type { KnownFailures } from './tests/known-failures.ts';
import { kunitOptions } from './tests/kunit.ts';
import { homesOf, makePlan, type Plan, type Program } from './tests/plan.ts';
import { obtainSelftests, onBase, withCollectionOptions } from './tests/selftests.ts';
import { layered, type RunSpec } from './spec.ts';

/** All that is known before a kernel is built; where no selftests are asked for, before a source is fetched. */
export interface Prepared {
  /** With what its variants need, and an accelerator that is there. */
  readonly spec: RunSpec;
  readonly inputs: Inputs;
  readonly plan: Plan;
  /** Which of the kernel's selftests fail for a reason that is known. */
  readonly known: KnownFailures;
  /** Names the configuration: see KernelOptions. */
  readonly variant: string;
  /** Why the accelerator is the one it is. */
  readonly note: string;
}

/**
 * Looks at what a person may have got wrong, before anything is fetched or built; then, where
 * tests of the kernel's own are asked for, at what its source has of them.
 */
export const prepare = async (context: Context, asked: RunSpec): Promise<Result<Prepared>> => {
  const { kernel, tests, machine } = asked;
  const rootfs = await givenRootfs(asked);
  if (!rootfs.ok) return rootfs;
  const packer = await checkPacker(context, rootfs.value);
  if (!packer.ok) return packer;
  const inputs = await readInputs(context, kernel);
  if (!inputs.ok) return inputs;
  const { series, needs } = inputs.value;
  const wanted = readWanted(tests.kselftest);
  if (!wanted.ok) return wanted;
  const ltp = await ltpPrograms(asked);
  if (!ltp.ok) return ltp;
  tellOrder(context, series);
  await tellCheckouts(context, series);
  const programs = {
    homes: homesOf(context),
    series: series.map((s) => s.name),
    directories: tests.directories,
    suites: series.flatMap((s) => s.suites),
    variants: await variantsOf(context),
    suitesLater: tests.kunit !== undefined,
    selftests: ltp.value,
  };
  const wantsSource = tests.kselftest.length > 0 || tests.kunit !== undefined;
  const known = await makePlan({ ...programs, tests: wantsSource ? [] : tests.names });
  if (!known.ok) return known;
  // An accelerator that is not there is told before a build, not after it.
  const chosen = await chooseAccelerator(machine.accelerator, context);
  if (!chosen.ok) return chosen;
  const { accelerator, note } = chosen.value;
  const found = wantsSource ? await ofSource(context, asked, inputs.value) : ok(undefined);
  if (!found.ok) return found;
  const plan = found.value
    ? await makePlan({
        ...programs,
        tests: tests.names,
        selftests: [...found.value.programs, ...ltp.value],
      })
    : known;
  if (!plan.ok) return plan;
  const spec = layered(asked, {
    machine: {
      ...{ accelerator, memoryMiB: needs.memoryMiB },
      append: inputs.value.modules && findsLeaks(kernel) ? [COUNTS_OBJECTS] : [],
    },
    tests: { slower: needs.slower },
    // A saved state would give the results of another boot.
    policy: tests.kunit ? { fork: false } : {},
  });
  const variant = [kernel.config === undefined ? 'build' : 'own', ...kernel.variants].join('-');
  const { fragments = inputs.value.fragments, known: excused = {} } = found.value ?? {};
  const whole = { ...inputs.value, fragments };
  return ok({ spec, inputs: whole, plan: plan.value, known: excused, variant, note });
};

interface OfSource {
  readonly programs: readonly Program[];
  readonly fragments: Inputs['fragments'];
  readonly known: KnownFailures;
}

/** What only a source tells of tests: collections of selftests, built, and options for tests. */
const ofSource = async (
  context: Context,
  spec: RunSpec,
  inputs: Inputs,
): Promise<Result<OfSource>> => {
  const { kunit, kselftest } = spec.tests;
  const source = await sourceFor(context, spec.kernel.source, inputs);
  if (!source.ok) return source;
  const patched = await applySeries(context, source.value, inputs.series);
  if (!patched.ok) return patched;
  const asked = kunit ? await kunitOptions(patched.value, kunit.config) : ok([]);
  if (!asked.ok) return asked;
  const { baseOptions } = inputs;
  const fragments = onBase(inputs.fragments, baseOptions, asked.value);
  if (kselftest.length === 0) return ok({ programs: [], fragments, known: {} });
  const selftests = await obtainSelftests(context, spec, source.value, patched.value);
  if (!selftests.ok) return selftests;
  const { programs, options, known } = selftests.value;
  return ok({ programs, known, fragments: withCollectionOptions(fragments, baseOptions, options) });
};

/**
 * The source that the spec asks for: the user's tree as it stands, the newest, or the pinned
 * one. A source that is given by file stands for the pinned one only.
 */
export const sourceFor = async (
  context: Context,
  { tree, given, frozen, newest }: RunSpec['kernel']['source'],
  { pin }: Inputs,
): Promise<Result<Source>> => {
  if (tree !== undefined) return acquireTree(context, tree);
  if (!newest) return acquireSource(context, pin, { given, frozen });
  const moved = await newestPin(context, pin);
  return moved.ok ? acquireSource(context, moved.value, { given: undefined, frozen }) : moved;
};

/** {@link Prepared}, with a source, and options that fit it. */
export interface Sourced extends Prepared {
  readonly source: Source;
}

/** Gets the source for what is prepared. */
export const withSource = async (
  context: Context,
  prepared: Prepared,
): Promise<Result<Sourced>> => {
  const { inputs, spec } = prepared;
  const source = await sourceFor(context, spec.kernel.source, inputs);
  if (!source.ok) return source;
  const fragments = await fitBase(context, source.value, inputs.fragments, inputs.baseOptions);
  return ok({ ...prepared, inputs: { ...inputs, fragments }, source: source.value });
};

/** Prepares, and gets the source. */
export const prepareWithSource = async (
  context: Context,
  spec: RunSpec,
): Promise<Result<Sourced>> => {
  const prepared = await prepare(context, spec);
  return prepared.ok ? withSource(context, prepared.value) : prepared;
};
