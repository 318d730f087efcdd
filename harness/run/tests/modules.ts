// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { KernelModules, Loadable } from '../../kernel/modules/loadable.ts';
import type { Plan } from './plan.ts';
import type { NeededModule, ProgramNeeds } from './program-needs.ts';

/** A module as a guest is sent it. */
export interface SentModule {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly data: Uint8Array;
  /** The bits of the kernel's taint that it brings by being what it is. */
  readonly taint: number;
}

/** TAINT_OOT_MODULE, TAINT_UNSIGNED_MODULE (include/linux/panic.h): of one of the user's. */
const FOREIGN = (1 << 12) | (1 << 13);

/** The modules that programs load, by the program's name, in the order of loading. Throws as `fs` does. */
export const modulesFor = async (
  { modules }: Pick<Kernel, 'modules'>,
  { programs }: Plan,
): Promise<ReadonlyMap<string, readonly SentModule[]>> => {
  const sent = new Map<string, readonly SentModule[]>();
  for (const { name, needs } of programs) {
    if (!modules || needs.modules.length === 0) continue;
    const order = inOrder(modules, needs.modules);
    const all = order.map(async ({ module, parameters }) => ({
      ...{ name: module.name, parameters, data: await readFile(module.file) },
      taint: module.inTree ? 0 : FOREIGN,
    }));
    sent.set(name, await Promise.all(all));
  }
  return sent;
};

interface Ordered {
  readonly module: Loadable;
  readonly parameters: readonly string[];
}

/** Each behind what it depends on, as modprobe(8) loads them. */
const inOrder = (
  { loadable }: KernelModules,
  needed: readonly NeededModule[],
): readonly Ordered[] => {
  const order = new Map<string, Ordered>();
  const add = (name: string, above: readonly string[]): void => {
    const module = loadable.get(name);
    if (!module || order.has(name) || above.includes(name)) return;
    for (const other of module.depends) add(other, [...above, name]);
    const parameters = needed.find((one) => one.name === name)?.parameters ?? [];
    order.set(name, { module, parameters });
  };
  for (const { name } of needed) add(name, []);
  return [...order.values()];
};

/** The name of a parameter, in which a dash is an underscore (kernel/params.c). */
const plain = (text: string): string => text.replace(/=.*$/, '').replaceAll('-', '_');

/**
 * Looks whether there are all modules that programs ask for, unless one `mayLack`, and all their
 * parameters: the kernel only warns of one that it does not know. Fails with `usage`, naming the line.
 */
export const checkModules = (
  programs: readonly { readonly needs: ProgramNeeds }[],
  { modules, release }: Pick<Kernel, 'modules' | 'release'>,
  mayLack = false,
): Result<void> => {
  if (!modules) return ok(undefined);
  const { loadable, builtIn } = modules;
  for (const { name, parameters, where } of programs.flatMap(({ needs }) => needs.modules)) {
    const module = loadable.get(name);
    if (!module && (mayLack || builtIn.has(name))) continue;
    if (!module)
      return fail('usage', `kbt: module=${name}: this kernel has no such module`, {
        where,
        remedy: `there are: ${[...loadable.keys()].join(', ') || 'none'}; set its option to m, or give its --module-dir`,
      });
    if (module.release !== release)
      return fail('usage', `the module ${name} is for another kernel`, {
        where,
        detail: `the module is for ${module.release}, the kernel is ${release}`,
      });
    const known = module.parameters.map(plain);
    const odd = parameters.find((one) => !known.includes(plain(one)));
    if (odd !== undefined)
      return fail('usage', `kbt: module=${name}: it has no parameter ${odd}`, {
        where,
        remedy: `it has: ${module.parameters.join(', ') || 'none'}`,
      });
  }
  return ok(undefined);
};
