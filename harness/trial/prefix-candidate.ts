// SPDX-License-Identifier: MIT
import type { Option } from '../kconfig/fragment.ts';
import type { KernelOptions } from '../kernel/obtain-build.ts';
import { fragmentsOfPatches, prefixOf, WITHOUT } from '../series/prefix.ts';
import type { Series } from '../series/series.ts';
import type { Source } from '../source/source.ts';
import type { Candidate } from './candidate.ts';

/** A stack of series, with what the kernels of all its prefixes share. */
export interface PatchesOptions {
  readonly source: Source;
  readonly series: readonly Series[];
  /** All options, including those whose symbols only a patch brings. */
  readonly options: readonly Option[];
  readonly variant: string;
  /** The files whose warnings are kept in every state; see KernelOptions. */
  readonly watched?: readonly string[];
  readonly modules?: KernelOptions['modules'];
}

/** The state after the first `count` patches. */
export const prefixCandidate = (patches: PatchesOptions, count: number): Candidate => {
  const series = prefixOf(patches.series, count);
  const last = series.flatMap((one) => one.patches).at(-1);
  return { label: last?.name ?? WITHOUT, kernel: kernelWith(patches, series) };
};

/** The kernel with some patches of a stack, and with the options whose symbols exist then. */
export const kernelWith = (patches: PatchesOptions, applied: readonly Series[]): KernelOptions => ({
  source: patches.source,
  series: applied,
  fragments: fragmentsOfPatches(
    patches.options,
    patches.series.flatMap((one) => one.patches),
    applied.flatMap((one) => one.patches),
  ),
  variant: patches.variant,
  allowWarnings: true,
  modules: patches.modules,
  ...(patches.watched === undefined ? {} : { watched: patches.watched }),
});
