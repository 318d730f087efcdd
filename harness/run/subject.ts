// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { fitBase } from '../kconfig/fit-base.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { obtainKernel, type KernelWanted } from '../kernel/obtain.ts';
import { obtainOwnKernel, type OwnKernel } from '../kernel/own-kernel.ts';
import { packKernel } from '../kernel/package.ts';
import { obtainKit } from '../kernel/userland-kit.ts';
import { acquireSource, acquireTree } from '../source/acquire.ts';
import type { Inputs } from './inputs.ts';
import { OWN_KERNEL, type RunResult } from './result.ts';

/** Where the kernel to be tested comes from. */
export interface SubjectWanted {
  readonly source: string | undefined;
  readonly frozen: boolean;
  /** A git tree of the user's, in place of the pinned source. */
  readonly tree?: string;
  /** A whole .config to begin with. */
  readonly config?: string;
  readonly variants: readonly string[];
  readonly allowWarnings: boolean;
  /** Make Debian packages, and test the kernel that they hold. */
  readonly packages?: { readonly localVersion: string; readonly directory: string };
}

/** What is tested. */
export interface Subject {
  readonly kernel: Kernel;
  /** Of the kernel out of its package; undefined: the kernel's own. */
  readonly bzImage: string | undefined;
  readonly source: RunResult['source'];
}

/** A kernel built of a source, with its series. */
export const builtSubject = async (
  context: Context,
  wanted: SubjectWanted,
  { pin, series, fragments, baseOptions }: Inputs,
): Promise<Result<Subject>> => {
  const source =
    wanted.tree === undefined
      ? await acquireSource(context, pin, { given: wanted.source, frozen: wanted.frozen })
      : await acquireTree(context, wanted.tree);
  if (!source.ok) return source;
  const { packages } = wanted;
  const kernelWanted: KernelWanted = {
    source: source.value,
    series,
    fragments: await fitBase(context, source.value, fragments, baseOptions),
    variant: [wanted.config === undefined ? 'build' : 'own', ...wanted.variants].join('-'),
    allowWarnings: wanted.allowWarnings,
    ...(packages ? { localVersion: packages.localVersion } : {}),
  };
  const kernel = await obtainKernel(context, kernelWanted);
  if (!kernel.ok) return kernel;
  const packed = packages
    ? await packKernel(context, kernelWanted, packages.directory)
    : ok({ bzImage: undefined });
  if (!packed.ok) return packed;
  const { version, flavour, digest, verified, unpinned, tree } = source.value;
  const told = { version, flavour, digest, verified, unpinned, ...(tree ? { tree } : {}) };
  return ok({ kernel: kernel.value, bzImage: packed.value.bzImage, source: told });
};

/** A kernel that was built elsewhere; the pinned source gives the headers for its programs. */
export const ownSubject = async (
  context: Context,
  wanted: SubjectWanted,
  { pin }: Inputs,
  own: OwnKernel,
): Promise<Result<Subject>> => {
  const { source: given, frozen } = wanted;
  const source = await acquireSource(context, pin, { given, frozen });
  if (!source.ok) return source;
  const kit = await obtainKit(context, source.value);
  if (!kit.ok) return kit;
  const kernel = await obtainOwnKernel(context, own, kit.value);
  if (!kernel.ok) return kernel;
  const { release, fingerprint } = kernel.value;
  const unknown = { flavour: OWN_KERNEL, verified: false, unpinned: false };
  const told = { version: release, digest: `kernel:${fingerprint}`, ...unknown };
  return ok({ kernel: kernel.value, bzImage: undefined, source: told });
};
