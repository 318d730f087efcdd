// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import type { Miss } from '../base/events.ts';
import { ok, type Result } from '../base/result.ts';
import type { Tree } from '../series/tree.ts';
import { withTree } from '../series/with-tree.ts';
import type { Source } from '../source/source.ts';
import { build, KERNEL, type Built, type Goal } from './make/build.ts';
import { gcovVariable } from './make/gcov.ts';
import { kernelFingerprint, type KernelInputs } from './kernel-fingerprint.ts';
import { seedBuild } from './make/seed.ts';
import { toolchain, type Toolchain } from './make/toolchain.ts';

export interface KernelOptions extends KernelInputs {
  readonly source: Source;
  /** Names the configuration: its build directory is kept for the next make. */
  readonly variant: string;
  readonly allowWarnings: boolean;
}

/** The kernel itself, by the name it is given; one with modules has a name that no other has. */
export const goalOf = (options: KernelInputs, tools: Toolchain): Goal => {
  const { localVersion, watched, counted, modules } = options;
  const own = modules && `-${kernelFingerprint(options, tools).slice(0, 12)}`;
  const suffix = localVersion ?? own;
  return {
    ...KERNEL,
    variables: [
      ...(suffix === undefined ? [] : [`LOCALVERSION=${suffix}`]),
      ...(counted === undefined ? [] : [gcovVariable(counted)]),
    ],
    ...(watched === undefined ? {} : { files: new Set(watched) }),
  };
};

/** Where a kernel is made, and by what. */
interface Shop {
  readonly tree: Tree;
  /** The directory of the tree and its builds. */
  readonly trees: string;
  readonly tools: Toolchain;
}

/** Brings the build directory of a kernel to where it has to be; gives it, and what that came to. */
export const makeIn = async (
  context: Context,
  { variant, fragments, ...options }: KernelOptions,
  { tree, trees, tools }: Shop,
): Promise<Result<Built & { readonly directory: string; readonly miss: Miss }>> => {
  const directory = join(trees, variant);
  const log = join(trees, `${variant}.log`);
  const isThere = existsSync(directory);
  await writeFile(log, '');
  const copied = await seedBuild(context, tree, {
    ...{ directory, fragments },
    programs: tools.programs,
  });
  const miss = copied ? 'copied' : isThere ? 'changed' : 'not-built';
  const goal = goalOf({ fragments, ...options }, tools);
  const made = await build(context, tree, directory, fragments, log, goal);
  return made.ok ? ok({ ...made.value, directory, miss }) : made;
};

/**
 * The build directory of a kernel as its make leaves it, whether the kernel is in the store or
 * not. Fails with `unbuildable` or `environment`.
 */
export const obtainBuild = async (
  context: Context,
  options: KernelOptions,
): Promise<Result<string>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  return withTree(context, options.source, options.series, (tree, trees) =>
    step(context, 'kernel', 'kernel', async () => {
      const made = await makeIn(context, options, { tree, trees, tools: tools.value });
      if (!made.ok) return made;
      const { directory, steps, miss } = made.value;
      return ok({ value: directory, cached: steps === 0, miss, made: steps });
    }),
  );
};
