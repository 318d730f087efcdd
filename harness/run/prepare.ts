// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import { acquireSource, acquireTree } from '../source/acquire.ts';
import { newestPin } from '../source/fetch/newest.ts';
import type { Source } from '../source/source.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { readInputs, tellCheckouts, tellOrder, variantsOf, type Inputs } from './inputs.ts';
import { homesOf, makePlan, type Plan } from './tests/plan.ts';
import { layered, type RunSpec } from './spec.ts';

/** All that is known before a source is fetched. */
export interface Prepared {
  /** With what its variants need, and an accelerator that is there. */
  readonly spec: RunSpec;
  readonly inputs: Inputs;
  readonly plan: Plan;
  /** Names the configuration: see KernelOptions. */
  readonly variant: string;
  /** Why the accelerator is the one it is. */
  readonly note: string;
}

/** Looks at what a person may have got wrong, before anything is fetched or built. */
export const prepare = async (context: Context, asked: RunSpec): Promise<Result<Prepared>> => {
  const { kernel, tests, machine } = asked;
  const inputs = await readInputs(context, kernel);
  if (!inputs.ok) return inputs;
  const { series, needs } = inputs.value;
  tellOrder(context, series);
  await tellCheckouts(context, series);
  const plan = await makePlan({
    homes: homesOf(context),
    series: series.map((s) => s.name),
    directories: tests.directories,
    suites: series.flatMap((s) => s.suites),
    tests: tests.names,
    variants: await variantsOf(context),
  });
  if (!plan.ok) return plan;
  // An accelerator that is not there is told before a build, not after it.
  const chosen = await chooseAccelerator(machine.accelerator, context);
  if (!chosen.ok) return chosen;
  const { accelerator, note } = chosen.value;
  const spec = layered(asked, {
    machine: { accelerator, memoryMiB: needs.memoryMiB },
    tests: { slower: needs.slower },
  });
  const variant = [kernel.config === undefined ? 'build' : 'own', ...kernel.variants].join('-');
  return ok({ spec, inputs: inputs.value, plan: plan.value, variant, note });
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
