// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import type { Miss } from '../../base/events.ts';
import { ok, type Result } from '../../base/result.ts';
import { applySeries, type Applied } from '../../series/apply/apply.ts';
import { treeHome } from '../../series/with-tree.ts';
import { readState, type BuildState } from '../make/build-state.ts';
import { objectsToCompile, type BuiltOf, type Objects } from './to-compile.ts';
import { buildsToCopy, isFar } from './builds-to-copy.ts';
import { toolchain } from '../make/toolchain.ts';
import type { Kernel } from '../kernel.ts';
import { findKernel } from '../obtain.ts';
import type { KernelOptions } from '../obtain-build.ts';

/** What a kernel will take, as far as that is known before make. */
export type ForeseenKernel =
  | { readonly kind: 'stored'; readonly kernel: Kernel }
  | {
      readonly kind: 'to-build';
      readonly miss: Miss;
      /** What make will compile; undefined where there is no build to compare with. */
      readonly objects: Objects | undefined;
      readonly applied: Applied;
    };

/**
 * Looks for a kernel in the own cache and in one that is shared, and where it is not, at what
 * make would do, after what was built `last`. Patches are applied, to no tree. Fails as
 * {@link findKernel} and applySeries() do.
 */
export const foreseeKernel = async (
  context: Context,
  options: KernelOptions,
  last?: BuiltOf,
): Promise<Result<ForeseenKernel>> => {
  const found = await findKernel(context, options);
  if (!found.ok) return found;
  if (found.value) return ok({ kind: 'stored', kernel: found.value });
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const { source, series, fragments, variant } = options;
  const applied = await applySeries(context, source, series);
  if (!applied.ok) return applied;
  const own = join(treeHome(context, source, series), variant);
  const { programs } = tools.value;
  const wanted = { directory: own, fragments, programs };
  const state = existsSync(own) ? await readState(own) : undefined;
  const from =
    state && !(await isFar(applied.value, wanted, state))
      ? { directory: own, state, miss: 'changed' as const }
      : await copyOf(applied.value, wanted);
  const objects =
    from && isOfUse(from.state, programs)
      ? await objectsToCompile(from, { applied: applied.value, fragments }, last)
      : undefined;
  return ok({
    kind: 'to-build',
    miss: from?.miss ?? 'not-built',
    objects,
    applied: applied.value,
  });
};

const copyOf = async (
  applied: Applied,
  wanted: Parameters<typeof buildsToCopy>[1],
): Promise<
  { readonly directory: string; readonly state: BuildState; readonly miss: 'copied' } | undefined
> => {
  const [nearest] = await buildsToCopy(applied, wanted);
  return nearest && { ...nearest, miss: 'copied' };
};

/** Of a build by another compiler, or one that was killed before it had begun, nothing is left. */
const isOfUse = ({ programs, commit, base }: BuildState, now: string): boolean =>
  programs === now && (commit ?? base?.commit) !== undefined;
