// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { digestFile } from '../base/fingerprint.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { withTree } from '../series/with-tree.ts';
import { checkWarnings } from './check-warnings.ts';
import { build, type Goal } from './make/build.ts';
import { toolchain } from './make/toolchain.ts';
import { goalOf, type KernelOptions } from './obtain-build.ts';

/** What bindeb-pkg leaves beside the build directory. */
const MADE = /^linux-.*\.(?:deb|changes|buildinfo)$/;

/** A kernel as its Debian package holds it. */
export interface PackedKernel {
  /** The image that boots. */
  readonly image: string;
}

/**
 * The tree's own bindeb-pkg, in the build directory of the kernel that it packs:
 * linux-image, linux-headers and linux-libc-dev come to lie in `directory`, with
 * a SHA256SUMS, and the kernel is unpacked again below it. Fails with
 * `unbuildable`.
 */
export const packKernel = (
  context: Context,
  options: KernelOptions,
  directory: string,
): Promise<Result<PackedKernel>> =>
  withTree(context, options.source, options.series, (tree, home) =>
    step(context, 'package', 'packages', async () => {
      const made = async () => (await readdir(home)).filter((name) => MADE.test(name));
      for (const name of await made()) await rm(join(home, name));
      const log = join(home, `${options.variant}.log`);
      const tools = await toolchain(context);
      if (!tools.ok) return tools;
      const { variables } = goalOf(options, tools.value);
      const goal: Goal = { targets: ['bindeb-pkg'], variables };
      const at = join(home, options.variant);
      const built = await build(context, tree, at, options.fragments, log, goal);
      if (!built.ok) return built;
      // Modules are compiled only here.
      const checked = checkWarnings(context, built.value.warnings, options.allowWarnings);
      if (!checked.ok) return checked;
      await mkdir(directory, { recursive: true });
      const files = (await made()).filter((name) => name.endsWith('.deb')).sort();
      for (const name of files) await copyFile(join(home, name), join(directory, name));
      const sums = await Promise.all(
        files.map(async (name) => `${await digestFile(join(directory, name))}  ${name}\n`),
      );
      await writeFile(join(directory, 'SHA256SUMS'), sums.join(''));
      const unpacked = await unpack(context, directory, files);
      return unpacked.ok
        ? ok({ value: unpacked.value, cached: false, note: files.join(', ') })
        : unpacked;
    }),
  );

/** The kernel out of the linux-image package. */
const unpack = async (
  context: Context,
  directory: string,
  files: readonly string[],
): Promise<Result<PackedKernel>> => {
  const image = files.find((name) => /^linux-image-[^_]+_/.test(name) && !/-dbg_/.test(name));
  const release = image && /^linux-image-([^_]+)_/.exec(image)?.[1];
  if (image === undefined || release === undefined)
    return fail('unbuildable', 'bindeb-pkg made no linux-image package', { where: directory });
  const scratch = join(directory, 'unpacked');
  const ended = await run({
    argv: ['dpkg-deb', '-x', join(directory, image), scratch],
    signal: context.signal,
  });
  const packed = join(scratch, 'boot', `vmlinuz-${release}`);
  return ended.code === 0 && existsSync(packed)
    ? ok({ image: packed })
    : fail('unbuildable', `${image} holds no boot/vmlinuz-${release}`, {
        detail: ended.tail.slice(-5).join('\n'),
      });
};
