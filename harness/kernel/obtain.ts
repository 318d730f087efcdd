// SPDX-License-Identifier: MIT
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { besides } from '../base/besides.ts';
import { step, type Context } from '../base/context.ts';
import type { Fingerprint } from '../base/fingerprint.ts';
import { MISSES } from '../base/cache/hits.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { atomicDirectory, openToOthers } from '../base/cache/store.ts';
import { symbolsSince } from '../kconfig/symbols.ts';
import { ownersOf } from '../series/owners.ts';
import type { Tree } from '../series/tree.ts';
import { withTree } from '../series/with-tree.ts';
import { checkWarnings } from './check-warnings.ts';
import { copyNotes } from './make/gcov.ts';
import { IMAGE, SYMBOLS, type Kernel } from './kernel.ts';
import { kernelFingerprint, type KernelInputs } from './kernel-fingerprint.ts';
import { RECORD, type KernelRecord } from './kernel-record.ts';
import { makeIn, type KernelOptions } from './obtain-build.ts';
import { toolchain, type Toolchain } from './make/toolchain.ts';
import { kernelHome, load, readKernel, storedKernel } from './stored-kernel.ts';
import { linkKit, obtainKit, type Kit } from './kit/userland-kit.ts';
import { withModules } from './modules/obtain-modules.ts';

/** What a kernel will be, as far as it is known before it is built. */
export interface Unbuilt {
  readonly tree: Tree;
  readonly kit: Kit;
  readonly symbols: ReadonlySet<string>;
}

/**
 * Work that needs no kernel, only what one will be: it is begun before the make, which
 * begins when the work calls `spare`, as it leaves processors free, or is done.
 */
export type Beside = (
  context: Context,
  unbuilt: Unbuilt,
  spare: () => void,
) => Promise<Result<void>>;

/**
 * The kernel, from the store or built. Where it has to be built, a failure `beside` it ends
 * the make, and is the whole's. Its modules come with it, where they are asked for. Fails with
 * `unbuildable` or `environment`.
 */
export const obtainKernel = async (
  context: Context,
  options: KernelOptions,
  beside: Beside = () => Promise.resolve(ok(undefined)),
): Promise<Result<Kernel>> => {
  const found = await lookUp(context, options);
  if (!found.ok) return found;
  const { kernel, key, tools } = found.value;
  const built = kernel
    ? ok(kernel)
    : await buildIntoStore(context, options, { key, tools }, beside);
  const fit = built.ok ? accepted(context, built.value, options) : built;
  return fit.ok ? withModules(context, fit.value, options) : fit;
};

/** The kernel where it was built before; undefined where it has to be. Fails with `unbuildable` or `environment`. */
export const findKernel = async (
  context: Context,
  options: KernelInputs & Pick<KernelOptions, 'allowWarnings'>,
): Promise<Result<Kernel | undefined>> => {
  const found = await lookUp(context, options);
  if (!found.ok) return found;
  const { kernel } = found.value;
  return kernel ? accepted(context, kernel, options) : ok(undefined);
};

/** A kernel's key, and the kernel where it was built before. */
interface LookedUp {
  readonly key: Fingerprint;
  readonly tools: Toolchain;
  readonly kernel: Kernel | undefined;
}

const lookUp = async (context: Context, inputs: KernelInputs): Promise<Result<LookedUp>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const key = kernelFingerprint(inputs, tools.value);
  const kernel = await storedKernel(context, key, tools.value);
  return kernel.ok ? ok({ key, tools: tools.value, kernel: kernel.value }) : kernel;
};

const accepted = (
  context: Context,
  kernel: Kernel,
  { allowWarnings }: Pick<KernelOptions, 'allowWarnings'>,
): Result<Kernel> => {
  const checked = checkWarnings(context, kernel.warnings, allowWarnings);
  return checked.ok ? ok(kernel) : checked;
};

const buildIntoStore = (
  outer: Context,
  options: KernelOptions,
  { key, tools }: Omit<LookedUp, 'kernel'>,
  beside: Beside,
): Promise<Result<Kernel>> => {
  return withTree(outer, options.source, options.series, async (tree, trees) => {
    const kit = await obtainKit(outer, options.source, tree);
    if (!kit.ok) return kit;
    const symbols = await symbolsSince(tree, join(trees, 'symbols.json'));
    const unbuilt = { tree, kit: kit.value, symbols };
    return besides(
      outer,
      (context, spare) => beside(context, unbuilt, spare),
      (context) =>
        step(context, 'kernel', 'kernel', async () => {
          const home = kernelHome(context.cache, key);
          // Another run may have built it while this one waited for the tree.
          const already = await load(context, key);
          if (already) return ok({ value: already, cached: true });
          const made = await makeIn(context, options, { tree, trees, tools });
          if (!made.ok) return made;
          const { directory, warnings, steps, miss } = made.value;
          const stored = await atomicDirectory(home, async (scratch) => {
            await copyNotes(directory, scratch, options.counted ?? []);
            return fill(scratch, unbuilt, directory, {
              warnings,
              toolchain: tools,
            });
          });
          if (!stored.ok) return stored;
          const kernel = await readKernel(home, key);
          // Another run's is there, and damaged, or ours is gone already.
          if (!kernel)
            return fail('environment', `${home} cannot be read`, { code: 'file-refused' });
          return ok({ value: kernel, cached: false, miss, made: steps, note: MISSES[miss] });
        }),
    );
  });
};

const fill = async (
  scratch: string,
  { tree, kit, symbols }: Unbuilt,
  directory: string,
  known: Pick<KernelRecord, 'warnings' | 'toolchain'>,
): Promise<Result<void>> => {
  const files = {
    [ARCH.kernel.image]: IMAGE,
    vmlinux: 'vmlinux',
    'System.map': 'System.map',
    '.config': 'config',
  };
  for (const [from, to] of Object.entries(files))
    await copyFile(join(directory, from), join(scratch, to));
  const linked = await linkKit(kit, scratch);
  if (!linked.ok) return linked;
  await writeFile(join(scratch, SYMBOLS), [...symbols].join('\n'));
  const release = (await readFile(join(directory, 'include/config/kernel.release'), 'utf8')).trim();
  const touched = [...tree.touched];
  const owners = await ownersOf(tree);
  const record: KernelRecord = { release, ...known, headers: kit.headers, touched, owners };
  await writeFile(join(scratch, RECORD), JSON.stringify(record));
  await openToOthers(scratch);
  return ok(undefined);
};
