// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { ok, type Result } from '../../base/result.ts';
import { roomFor } from '../../base/cache/room.ts';
import type { Fragments } from '../../kconfig/configure.ts';

/**
 * What a kernel leaves in its build directory: by base.config alone 281 MiB of Linux
 * 6.12.117, with the series SynOS 351 (gcc 12), with variants more. Older versions and other
 * compilers make do with less.
 */
const BUILT = { files: 200 * 2 ** 20 };

/** What base.config compiles from; without one of them it is no whole Linux. */
const PARTS = ['drivers', 'fs', 'mm', 'net'];

/** Room for a build where there was none yet. A .config of the user's may make a small one of it. */
export const roomForBuild = (
  tree: string,
  directory: string,
  { start }: Fragments,
  targets: readonly string[],
): Promise<Result<void>> => {
  const isKnown =
    start === undefined &&
    targets.includes(ARCH.kernel.target) &&
    !existsSync(directory) &&
    PARTS.every((part) => existsSync(join(tree, part)));
  return isKnown
    ? roomFor('a build of the kernel', directory, BUILT)
    : Promise.resolve(ok(undefined));
};
