// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import type { KernelInputs } from '../kernel/kernel-fingerprint.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { findKernel } from '../kernel/obtain.ts';
import { pinnedSources, type SourceIdentity } from '../source/source.ts';
import { isStored } from '../source/stored.ts';
import type { Prepared } from './prepare.ts';

/** A kernel, and the source that it was built of. */
export interface Sourceless {
  readonly kernel: Kernel;
  readonly source: SourceIdentity;
}

/**
 * The kernel that is asked for where it was built before and the pinned source is not here:
 * the pin's digests tell which kernel it is, and no source has to be fetched. undefined where
 * one is here, or is wanted whatever the kernel is, or no store has the kernel. Fails as
 * {@link findKernel} does.
 */
export const kernelWithoutSource = async (
  context: Context,
  { spec, inputs: { pin, modules } }: Prepared,
  { series, fragments }: Pick<KernelInputs, 'series' | 'fragments'>,
): Promise<Result<Sourceless | undefined>> => {
  const { source: asked, packages, allowWarnings } = spec.kernel;
  const another = asked.tree !== undefined || asked.given !== undefined || asked.newest;
  // Modules are made of the source.
  if (another || packages || modules || (await isStored(context, pin))) return ok(undefined);
  for (const source of pinnedSources(pin)) {
    // What base.config asks for, Linux 6.12 has: nothing has to be fitted to the source.
    const found = await findKernel(context, { source, series, fragments, allowWarnings });
    if (!found.ok) return found;
    if (found.value) return ok({ kernel: found.value, source });
  }
  return ok(undefined);
};
