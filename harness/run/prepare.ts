// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import { acquireSource, acquireTree } from '../source/acquire.ts';
import { newestPin } from '../source/newest.ts';
import type { Source } from '../source/source.ts';
import { chooseAccelerator, type Accelerator } from '../vm/accelerator.ts';
import { readInputs, tellOrder, variantsOf, type Inputs, type InputsWanted } from './inputs.ts';
import { homesOf, makePlan, type Plan } from './plan.ts';
import { usualRun, type RunOptions } from './run-plan.ts';

/** Where the source of the kernels comes from. */
export interface SourceWanted {
  readonly source: string | undefined;
  readonly frozen: boolean;
  /** In place of the pinned source the newest of its line. */
  readonly newest?: boolean;
  /** A git tree of the user's, in place of the pinned source. */
  readonly tree?: string;
}

/** What every command that runs programs on kernels is told, options resolved to values. */
export interface PrepareWanted extends InputsWanted, SourceWanted {
  readonly tests: readonly string[];
  readonly testDirectories: readonly string[];
  readonly accelerator: 'auto' | Accelerator;
  readonly cpus: number;
  /** undefined: as much as the variants ask for. */
  readonly memoryMiB: number | undefined;
  /** Seconds; undefined: the usual, longer where a variant is slow. */
  readonly timeout: number | undefined;
  readonly bootTimeout: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Added to the kernel's command line. */
  readonly append: string;
  /** A new directory under results/. */
  readonly directory: string;
}

/** All that is known before a source is fetched. */
export interface Prepared {
  readonly inputs: Inputs;
  readonly plan: Plan;
  /** Each program once, in one VM, booted. */
  readonly run: RunOptions;
  /** Names the configuration: see KernelWanted. */
  readonly variant: string;
}

/** Looks at what a person may have got wrong, before anything is fetched or built. */
export const prepare = async (
  context: Context,
  wanted: PrepareWanted,
): Promise<Result<Prepared>> => {
  const inputs = await readInputs(context, wanted);
  if (!inputs.ok) return inputs;
  const { series, needs } = inputs.value;
  tellOrder(context, series);
  const plan = await makePlan({
    homes: homesOf(context),
    series: series.map((s) => s.name),
    directories: wanted.testDirectories,
    suites: series.flatMap((s) => s.suites),
    tests: wanted.tests,
    variants: await variantsOf(context),
  });
  if (!plan.ok) return plan;
  // An accelerator that is not there is told before a build, not after it.
  const accelerator = await chooseAccelerator(wanted.accelerator);
  if (!accelerator.ok) return accelerator;
  const usual = usualRun(accelerator.value, needs, wanted.directory);
  return ok({
    inputs: inputs.value,
    plan: plan.value,
    run: {
      ...usual,
      cpus: wanted.cpus,
      memoryMiB: wanted.memoryMiB ?? usual.memoryMiB,
      append: wanted.append,
      timeout: wanted.timeout ?? usual.timeout,
      bootTimeout: wanted.bootTimeout ?? usual.bootTimeout,
      environment: wanted.environment,
      variants: wanted.variants,
    },
    variant: [wanted.config === undefined ? 'build' : 'own', ...wanted.variants].join('-'),
  });
};

/**
 * The source that is wanted: the user's tree as it stands, the newest, or the pinned one;
 * a source that is always given stands for the pinned one alone.
 */
export const sourceFor = async (
  context: Context,
  { tree, source, frozen, newest }: SourceWanted,
  { pin }: Inputs,
): Promise<Result<Source>> => {
  if (tree !== undefined) return acquireTree(context, tree);
  if (!newest) return acquireSource(context, pin, { given: source, frozen });
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
  wanted: SourceWanted,
  prepared: Prepared,
): Promise<Result<Sourced>> => {
  const { inputs } = prepared;
  const source = await sourceFor(context, wanted, inputs);
  if (!source.ok) return source;
  const fragments = await fitBase(context, source.value, inputs.fragments, inputs.baseOptions);
  return ok({ ...prepared, inputs: { ...inputs, fragments }, source: source.value });
};

/** Prepares, and gets the source. */
export const prepareWithSource = async (
  context: Context,
  wanted: PrepareWanted,
): Promise<Result<Sourced>> => {
  const prepared = await prepare(context, wanted);
  return prepared.ok ? withSource(context, wanted, prepared.value) : prepared;
};
