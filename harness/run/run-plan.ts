// SPDX-License-Identifier: MIT
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { includesOf } from '../guest/compile.ts';
import { obtainImage, type Image } from '../guest/image.ts';
import { parseConfig } from '../kconfig/fragment.ts';
import type { Needs } from '../kconfig/needs.ts';
import { readSymbols, type Kernel } from '../kernel/kernel.ts';
import { nameOf } from '../kernel/symbols.ts';
import type { ChosenAccelerator } from '../vm/accelerator.ts';
import type { Machine } from '../vm/machine.ts';
import { attributeFor } from './attribute.ts';
import { execute, type Executed } from './execute.ts';
import { affordable } from './afford.ts';
import { durationsOf, longestFirst, readDurations, rememberDurations } from './durations.ts';
import { packPrograms, type Cargoes } from './pack.ts';
import type { Plan } from './plan.ts';
import { unmet } from './program-needs.ts';
import { shuffled, turnsOf } from './turns.ts';
import { Vms } from './vms.ts';
import type { Witness } from './witness.ts';

/** How a plan is run, apart from what is in it. */
export interface RunOptions {
  readonly accelerator: ChosenAccelerator;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Added to the kernel's command line. */
  readonly append: string;
  /** Seconds for a program without a deadline of its own, and until SSH answers. */
  readonly timeout: number;
  readonly bootTimeout: number;
  /** What a program's own deadline is multiplied by. */
  readonly slower: number;
  /** Set in the environment of every program. */
  readonly environment: Readonly<Record<string, string>>;
  /** A fresh VM for every program. */
  readonly isolate: boolean;
  /** At most so many VMs at once. */
  readonly jobs: number;
  /** Each program so many times, or until one does not pass. */
  readonly repeat: number;
  readonly untilFail: boolean;
  /** The seed of another order; undefined: that of the plan. */
  readonly shuffle: number | undefined;
  /** The kernel's variants, for programs that are for one. */
  readonly variants: readonly string[];
  /** Write the memory of guests that are stuck to core files. */
  readonly dump: boolean;
  readonly witness: Witness | undefined;
  /** Take VMs from a saved state where there is one. */
  readonly fork: boolean;
  /** The kernel whose headers programs are compiled against; undefined: the one that runs. */
  readonly headers: Kernel | undefined;
  /** Remember how long programs took. */
  readonly learns: boolean;
  /** A new directory for logs and outputs. */
  readonly directory: string;
}

/** For a program without a deadline of its own, and until SSH answers. */
const DEADLINE_S = 30;
const BOOT_DEADLINE_S = 120;

/** How a plan is run where nobody asks for anything else. */
export const usualRun = (
  accelerator: ChosenAccelerator,
  { memoryMiB, slower }: Needs,
  directory: string,
): RunOptions => ({
  accelerator,
  cpus: 2,
  memoryMiB,
  append: '',
  timeout: DEADLINE_S * slower,
  bootTimeout: BOOT_DEADLINE_S * slower,
  slower,
  environment: {},
  isolate: false,
  jobs: 1,
  repeat: 1,
  untilFail: false,
  shuffle: undefined,
  variants: [],
  dump: false,
  witness: undefined,
  // A kernel out of a walk over a series is booted once.
  fork: false,
  headers: undefined,
  learns: true,
  directory,
});

export interface PlanRun extends Executed {
  readonly machine: Machine;
  readonly image: Image;
}

/** What a run of a plan may be given that others have made. */
export interface Given {
  /** In place of the kernel's own: the same kernel out of a package. */
  readonly bzImage?: string | undefined;
  /** The programs, compiled for this kernel. */
  readonly cargoes?: Cargoes | undefined;
}

/** Kernel → image → VM → outcomes. */
export const runPlan = async (
  context: Context,
  kernel: Kernel,
  plan: Plan,
  options: RunOptions,
  given: Given = {},
): Promise<Result<PlanRun>> => {
  const image = await obtainImage(context, kernel);
  if (!image.ok) return image;
  const cargoes = given.cargoes
    ? ok(given.cargoes)
    : await packPrograms(context, plan, await includesOf(context, options.headers ?? kernel));
  if (!cargoes.ok) return cargoes;
  await mkdir(options.directory, { recursive: true });
  context.emit({ type: 'step', reason: 'progress', step: 'boot', text: options.accelerator.note });
  const machine: Machine = {
    accelerator: options.accelerator.accelerator,
    cpus: options.cpus,
    memoryMiB: options.memoryMiB,
    kernel: given.bzImage ?? join(kernel.directory, 'bzImage'),
    initrd: image.value.file,
    append: options.append,
    devices: [],
  };
  const config = join(kernel.directory, 'config');
  const vms = new Vms(context, {
    image: image.value,
    fork: options.fork,
    config,
    bootTimeout: options.bootTimeout,
    nameOf: (address) => nameOf(kernel, address),
    dump: options.dump,
    witness: options.witness,
    directory: options.directory,
  });
  const durations = await readDurations(context.cache);
  const jobs = await affordable(context, options);
  const lacking = await unmetOf(plan, kernel, options.variants);
  const able = plan.programs.filter(({ name }) => !lacking.has(name));
  const order = options.shuffle === undefined ? able : shuffled(able, options.shuffle);
  const executed = await execute(context, {
    ...options,
    jobs,
    vms,
    machine,
    plan: plan.programs,
    turns: turnsOf(jobs === 1 ? order : longestFirst(order, durations), options.repeat),
    unmet: lacking,
    cargoes: cargoes.value,
    attribute: attributeFor(context, kernel),
    nameOf: (address) => nameOf(kernel, address),
  });
  if (options.learns) await rememberDurations(context.cache, durationsOf(executed.programs));
  return ok({ ...executed, machine, image: image.value });
};

/** Why programs of the plan cannot run on this kernel, by name. */
const unmetOf = async (
  { programs }: Plan,
  kernel: Kernel,
  variants: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  // A kernel that was built elsewhere may not say how.
  const config = await readFile(join(kernel.directory, 'config'), 'utf8').catch(() => undefined);
  const facts = {
    config: config === undefined ? undefined : parseConfig(config),
    symbols: await readSymbols(kernel),
    variants,
  };
  return new Map(
    programs.flatMap(({ name, needs }) => {
      const why = unmet(needs, facts);
      return why === undefined ? [] : [[name, why] as const];
    }),
  );
};
