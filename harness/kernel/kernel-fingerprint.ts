// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';
import { digest, fingerprint, type Fingerprint } from '../base/fingerprint.ts';
import type { Fragments } from '../kconfig/configure.ts';
import type { Series } from '../series/series.ts';
import type { SourceIdentity } from '../source/source.ts';
import type { Toolchain } from './make/toolchain.ts';
import type { ModuleSource } from './modules/module-source.ts';

/** What a kernel is made of, as far as it decides what comes out. */
export interface KernelInputs {
  /** Need not be at hand: its digest tells it. */
  readonly source: SourceIdentity;
  readonly series: readonly Series[];
  readonly fragments: Fragments;
  /** The files whose warnings are kept; undefined: the files that the series touch. */
  readonly watched?: readonly string[];
  /** Appended to the kernel's version, `-synos`; nothing without it. */
  readonly localVersion?: string;
  /** With the variant modules: what is made beside the kernel's own; none for these alone. */
  readonly modules?: readonly ModuleSource[] | undefined;
  /** With the variant gcov: the C files whose lines are counted, and no others. */
  readonly counted?: readonly string[];
}

/** Raise it when the way of building changes what comes out. */
const RECIPE = 8;

/** Everything that decides what the build gives, and why it is in the key. */
export const kernelFingerprint = (inputs: KernelInputs, tools: Toolchain): Fingerprint =>
  fingerprint({
    recipe: RECIPE,
    architecture: ARCH.name,
    source: inputs.source.digest,
    // Whose lines and warnings are named depends on it.
    base: inputs.source.base,
    flavour: inputs.source.flavour,
    patches: inputs.series.flatMap((s) => s.patches.map((p) => p.digest)),
    // The options that depend on the compiler are decided by olddefconfig.
    fragments: digest(inputs.fragments.text),
    // One that lacks an option is none that has to have it.
    mayBeLost: inputs.fragments.mayBeLost && Object.keys(inputs.fragments.mayBeLost),
    localVersion: inputs.localVersion,
    watched: inputs.watched,
    counted: inputs.counted,
    // Its release tells it from others.
    modules: inputs.modules && true,
    start: inputs.fragments.start && digest(inputs.fragments.start),
    ...tools,
  });
