// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSound } from '../../base/cache/entry.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import { step, type Context } from '../../base/context.ts';
import { fingerprint } from '../../base/fingerprint.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Tree } from '../../series/tree.ts';
import { withTree } from '../../series/with-tree.ts';
import { checkWarnings } from '../check-warnings.ts';
import type { Kernel } from '../kernel.ts';
import { readState } from '../make/build-state.ts';
import { build } from '../make/build.ts';
import { toolchain } from '../make/toolchain.ts';
import { goalOf, makeIn, type KernelOptions } from '../obtain-build.ts';
import { buildModule } from './build-module.ts';
import { keepModules, readModules, type KernelModules, type ModuleSet } from './loadable.ts';
import { moduleName } from './modinfo.ts';
import type { ModuleSource } from './module-source.ts';

const RECIPE = 2;

/** The sets of modules of a kernel in the store: its own, and one for each directory, which may build on those before it. */
interface Homes {
  readonly own: string;
  readonly others: readonly { readonly source: ModuleSource; readonly home: string }[];
}

const homesOf = (cache: string, kernel: Kernel, sources: readonly ModuleSource[]): Homes => {
  const homeOf = (built: readonly ModuleSource[]): string =>
    join(
      ...[cache, 'modules'],
      fingerprint({
        recipe: RECIPE,
        kernel: kernel.fingerprint,
        sources: built.map((source) => source.fingerprint),
      }),
    );
  return {
    own: homeOf([]),
    others: sources.map((source, n) => ({ source, home: homeOf(sources.slice(0, n + 1)) })),
  };
};

/**
 * The kernel with its modules and those of directories, from the store or made where the kernel
 * was; without change where none are asked for. Fails with `unbuildable` or `environment`.
 */
export const withModules = async (
  context: Context,
  kernel: Kernel,
  options: KernelOptions,
): Promise<Result<Kernel>> => {
  if (options.modules === undefined) return ok(kernel);
  const homes = homesOf(context.cache, kernel, options.modules);
  const places = [homes.own, ...homes.others.map(({ home }) => home)];
  const sound = await Promise.all(places.map((home) => isSound(context, home)));
  const told = async (cached: boolean) => {
    const value = await readSets(homes);
    const note = `${value.reduce((sum, { modules }) => sum + modules.length, 0)} modules`;
    return ok({ value, cached, note });
  };
  const sets = sound.includes(false)
    ? await withTree(context, options.source, options.series, (tree, trees) =>
        step(context, 'modules', 'modules', async () => {
          const made = await makeModules(context, { kernel, options, homes }, tree, trees);
          return made.ok ? told(false) : made;
        }),
      )
    : await step(context, 'modules', 'modules', () => told(true));
  if (!sets.ok) return sets;
  const warnings = sets.value.flatMap((set) => set.warnings);
  const checked = checkWarnings(context, warnings, options.allowWarnings);
  if (!checked.ok) return checked;
  // Those of the kernel's own source are the kernel's, as they are where it has the files built in.
  const [own] = sets.value;
  const all = [...kernel.warnings, ...(own?.warnings ?? [])];
  return ok({ ...kernel, warnings: all, modules: together(sets.value) });
};

/** What the entries hold, with the files of directories as the user names them. */
const readSets = async ({ own, others }: Homes): Promise<readonly ModuleSet[]> =>
  Promise.all([
    readModules(own),
    ...others.map(({ source, home }) => readModules(home, source.directory)),
  ]);

/** As modprobe prefers updates/: what somebody gives stands for what the kernel has of that name. */
const together = (sets: readonly ModuleSet[]): KernelModules => ({
  loadable: new Map(sets.flatMap(({ modules }) => modules.map((one) => [one.name, one] as const))),
  builtIn: new Set(sets.flatMap((set) => set.builtIn)),
});

interface Wanted {
  readonly kernel: Kernel;
  readonly options: KernelOptions;
  readonly homes: Homes;
}

/** Makes the sets that the store has not. */
const makeModules = async (
  context: Context,
  { kernel, options, homes: { own, others } }: Wanted,
  tree: Tree,
  trees: string,
): Promise<Result<void>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const directory = join(trees, options.variant);
  const log = join(trees, `${options.variant}.modules.log`);
  await writeFile(log, '');
  if (!(existsSync(own) && (await isMadeFor(directory, kernel)))) {
    const made = await makeIn(context, options, { tree, trees, tools: tools.value });
    if (!made.ok) return made;
    const goal = { ...goalOf(options, tools.value), targets: ['modules'] };
    const built = await build(context, tree, directory, options.fragments, log, goal);
    if (!built.ok) return built;
    await writeFile(join(directory, STAMP), kernel.fingerprint);
    const { warnings } = built.value;
    const kept = await atomicDirectory(own, (scratch) =>
      keepOwn(context, directory, warnings, scratch),
    );
    if (!kept.ok) return kept;
  }
  const make = { tree: tree.directory, build: directory, log, programs: tools.value.programs };
  for (const [index, { source, home }] of others.entries()) {
    const before = others.slice(0, index).map((other) => other.home);
    const built = await buildModule(context, source, home, { make, before });
    if (!built.ok) return built;
  }
  return ok(undefined);
};

/** The file of a build directory that tells of which kernel the modules were made last. */
const STAMP = '.kbt-modules';

/** Whether a build directory is as the make of a kernel and of its modules left it. */
const isMadeFor = async (directory: string, kernel: Kernel): Promise<boolean> => {
  const read = (name: string): Promise<string> =>
    readFile(join(directory, name), 'utf8').catch(() => '');
  return (
    (await read(STAMP)) === kernel.fingerprint &&
    // Of another kernel it would be another one: the fingerprint is in it.
    (await read('include/config/kernel.release')).trim() === kernel.release &&
    (await readState(directory)).status === 'made'
  );
};

/** The modules of the kernel's own source, in a build directory. */
const keepOwn = async (
  context: Context,
  directory: string,
  warnings: ModuleSet['warnings'],
  scratch: string,
): Promise<Result<void>> => {
  const lines = async (name: string): Promise<readonly string[]> => {
    const file = join(directory, name);
    if (!existsSync(file)) return [];
    return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  };
  // It lists objects; before Linux 6.4 it listed the modules themselves.
  const files = (await lines('modules.order')).map((line) =>
    join(directory, line.replace(/\.k?o$/, '.ko')),
  );
  const builtIn = (await lines('modules.builtin')).map((line) => moduleName(basename(line)));
  return keepModules(context, files, { builtIn, warnings: [...warnings] }, scratch);
};
