// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { besides } from '../base/besides.ts';
import { step, type Context } from '../base/context.ts';
import { isSound, isSoundThere, throwAway } from '../base/cache/entry.ts';
import type { Miss } from '../base/events.ts';
import { digest, fingerprint, type Fingerprint } from '../base/fingerprint.ts';
import { MISSES } from '../base/cache/hits.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { atomicDirectory, openToOthers } from '../base/cache/store.ts';
import type { Fragments } from '../kconfig/configure.ts';
import { symbolsSince } from '../kconfig/symbols.ts';
import type { Series } from '../series/series.ts';
import { ownersOf } from '../series/owners.ts';
import type { Tree } from '../series/tree.ts';
import { treeHome, withTree } from '../series/with-tree.ts';
import type { Source } from '../source/source.ts';
import { build, KERNEL, type Goal } from './make/build.ts';
import type { Warning } from './make/diagnostics.ts';
import { copyNotes, gcovVariable } from './make/gcov.ts';
import { IMAGE, SYMBOLS, type Kernel } from './kernel.ts';
import { toolchain, type Toolchain } from './make/toolchain.ts';
import { linkKit, obtainKit, type Kit } from './userland-kit.ts';

export interface KernelOptions {
  readonly source: Source;
  readonly series: readonly Series[];
  readonly fragments: Fragments;
  /** Names the configuration: its build directory is kept for the next make. */
  readonly variant: string;
  readonly allowWarnings: boolean;
  /** The files whose warnings are kept; undefined: the files that the series touch. */
  readonly watched?: readonly string[];
  /** Appended to the kernel's version, `-synos`; nothing without it. */
  readonly localVersion?: string;
  /** With the variant gcov: the C files whose lines are counted, and no others. */
  readonly counted?: readonly string[];
}

/** The kernel itself, by the name it is given. */
export const goalOf = ({
  localVersion,
  watched,
  counted,
}: Pick<KernelOptions, 'localVersion' | 'watched' | 'counted'>): Goal => ({
  ...KERNEL,
  variables: [
    ...(localVersion === undefined ? [] : [`LOCALVERSION=${localVersion}`]),
    ...(counted === undefined ? [] : [gcovVariable(counted)]),
  ],
  ...(watched === undefined ? {} : { files: new Set(watched) }),
});

/** Raise it when the way of building changes what comes out. */
const RECIPE = 7;

/** Everything that decides what the build gives, and why it is in the key. */
export const kernelFingerprint = (options: KernelOptions, tools: Toolchain): Fingerprint =>
  fingerprint({
    recipe: RECIPE,
    architecture: ARCH.name,
    source: options.source.digest,
    // Whose lines and warnings are named depends on it.
    base: options.source.base,
    flavour: options.source.flavour,
    patches: options.series.flatMap((s) => s.patches.map((p) => p.digest)),
    // The options that depend on the compiler are decided by olddefconfig.
    fragments: digest(options.fragments.text),
    localVersion: options.localVersion,
    watched: options.watched,
    counted: options.counted,
    start: options.fragments.start && digest(options.fragments.start),
    cc: tools.cc,
    ld: tools.ld,
  });

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
 * the make, and is the whole's. Fails with `unbuildable` or `environment`.
 */
export const obtainKernel = async (
  context: Context,
  options: KernelOptions,
  beside: Beside = () => Promise.resolve(ok(undefined)),
): Promise<Result<Kernel>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const key = kernelFingerprint(options, tools.value);
  const home = join(context.cache, 'kernels', key);
  const stored = (await load(context, home, key)) ?? (await loadShared(context, key));
  const kernel = stored
    ? await step(context, 'kernel', 'kernel', () =>
        Promise.resolve(
          ok({ value: stored, cached: true, note: `nothing to build (${key.slice(0, 12)})` }),
        ),
      )
    : await buildIntoStore(context, options, key, beside);
  if (!kernel.ok) return kernel;
  const checked = checkWarnings(context, kernel.value.warnings, options.allowWarnings);
  return checked.ok ? kernel : checked;
};

const buildIntoStore = (
  outer: Context,
  options: KernelOptions,
  key: Fingerprint,
  beside: Beside,
): Promise<Result<Kernel>> => {
  const built = join(treeHome(outer, options.source, options.series), options.variant);
  const miss: Miss = existsSync(built) ? 'changed' : 'not-built';
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
          const home = join(context.cache, 'kernels', key);
          // Another run may have built it while this one waited for the tree.
          const already = await load(context, home, key);
          if (already) return ok({ value: already, cached: true });
          const directory = join(trees, options.variant);
          const log = join(trees, `${options.variant}.log`);
          await writeFile(log, '');
          const { fragments } = options;
          const warnings = await build(context, tree, directory, fragments, log, goalOf(options));
          if (!warnings.ok) return warnings;
          const stored = await atomicDirectory(home, (scratch) =>
            fill(scratch, unbuilt, directory, warnings.value, options.counted ?? []),
          );
          if (!stored.ok) return stored;
          return ok({ value: await read(home, key), cached: false, miss, note: MISSES[miss] });
        }),
    );
  });
};

const fill = async (
  scratch: string,
  { tree, kit, symbols }: Unbuilt,
  directory: string,
  warnings: readonly Warning[],
  counted: readonly string[],
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
  await copyNotes(directory, scratch, counted);
  const release = (await readFile(join(directory, 'include/config/kernel.release'), 'utf8')).trim();
  const touched = [...tree.touched];
  const owners = await ownersOf(tree);
  await writeFile(
    join(scratch, 'kernel.json'),
    JSON.stringify({ release, warnings, headers: kit.headers, touched, owners }),
  );
  await openToOthers(scratch);
  return ok(undefined);
};

/** The kernel in the store; undefined where there is none, or only a damaged one. */
const load = async (
  context: Context,
  home: string,
  key: Fingerprint,
): Promise<Kernel | undefined> => {
  if (!(await isSound(context, home))) return undefined;
  try {
    return await read(home, key);
  } catch {
    await throwAway(context, home, 'kernel.json cannot be read');
    return undefined;
  }
};

/** The kernel that another user has, whose cache is shared with this one. */
const loadShared = async (context: Context, key: Fingerprint): Promise<Kernel | undefined> => {
  const home = context.shared && join(context.shared, 'kernels', key);
  if (home === undefined || !(await isSoundThere(context, home))) return undefined;
  return read(home, key).catch(() => undefined);
};

const read = async (home: string, key: Fingerprint): Promise<Kernel> => {
  const stored = JSON.parse(await readFile(join(home, 'kernel.json'), 'utf8')) as Omit<
    Kernel,
    'fingerprint' | 'directory'
  >;
  return { ...stored, fingerprint: key, directory: home };
};

/** A warning in a file that a series touches is the series' error, stored kernel or not. */
export const checkWarnings = (
  context: Context,
  warnings: readonly Warning[],
  allowed: boolean,
): Result<void> => {
  const lines = warnings.map(
    ({ file, line, text, patch }) => `${file}:${line}: ${text}${patch ? ` (${patch})` : ''}`,
  );
  if (lines.length === 0) return ok(undefined);
  if (allowed) {
    for (const text of lines) context.emit({ type: 'warning', text });
    return ok(undefined);
  }
  const [first] = warnings;
  return fail('unbuildable', 'the compiler warns about a file that is changed here', {
    code: 'compiler-warning',
    where: `${first?.file ?? ''}:${first?.line ?? 0}`,
    detail: lines.join('\n'),
    remedy: 'mend it, or run with --allow-warnings',
  });
};
