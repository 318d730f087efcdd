// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';
import type { KernelModules } from '../../kernel/modules/loadable.ts';
import type { ProgramNeeds } from './program-needs.ts';

/** What is known of a kernel and its guest before programs run on it. */
export interface KernelFacts {
  /** Its .config; undefined where nobody says. */
  readonly config: ReadonlyMap<string, string> | undefined;
  /** The symbols of its Kconfig files; undefined for one that was built elsewhere. */
  readonly symbols: ReadonlySet<string> | undefined;
  readonly variants: readonly string[];
  /** Programs run in a root of the user's. */
  readonly rootfs: boolean;
  /** What can be loaded into it; undefined where nobody asked for modules. */
  readonly modules: KernelModules | undefined;
}

/** Why a program cannot run on a kernel; undefined when it can. */
export const unmet = (
  needs: ProgramNeeds,
  { config, symbols, variants, rootfs, modules }: KernelFacts,
): string | undefined => {
  const names = needs.config.map(({ name }) => name);
  if (!config && names.length > 0)
    return `it is not known whether the kernel has ${names.join(', ')}: give its --config`;
  const lacking = names.filter((name) => !['y', 'm'].includes(config?.get(name) ?? 'n'));
  const unknown = lacking.filter((name) => symbols?.has(name) === false);
  if (unknown.length > 0) return `no Kconfig of this source has ${unknown.join(', ')}`;
  if (lacking.length > 0) return `the kernel lacks ${lacking.join(', ')}`;
  if (needs.variant !== undefined && !variants.includes(needs.variant))
    return `it is for --variant ${needs.variant}`;
  for (const { name } of needs.modules) {
    if (!modules) return 'it loads modules: --variant modules';
    if (modules.loadable.has(name)) continue;
    return modules.builtIn.has(name)
      ? `${name} is built into the kernel, and no module`
      : `the kernel has no module ${name}`;
  }
  if (needs.rootfs && !rootfs) return 'it wants a root file system: --rootfs';
  return undefined;
};

/**
 * Looks whether all options that programs need are in Kconfig files at all: one that is
 * misspelt would have its program skipped for ever. Fails with `usage`, naming the line.
 */
export const checkOptions = (
  all: readonly { readonly needs: ProgramNeeds }[],
  symbols: ReadonlySet<string>,
): Result<void> => {
  const odd = all.flatMap(({ needs }) => needs.config).find(({ name }) => !symbols.has(name));
  return odd === undefined
    ? ok(undefined)
    : fail('usage', `kbt: config=${odd.name}: no Kconfig of this source has it`, {
        where: odd.where,
        remedy: 'look for a misspelling; with --tree or --newest the program is skipped instead',
      });
};
