// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { applySeries } from '../../series/apply/apply.ts';
import { prefixOf } from '../../series/prefix.ts';
import { revertOn } from '../../series/apply/revert.ts';
import type { Patch } from '../../series/patch/patch.ts';
import type { Series } from '../../series/series.ts';
import type { BisectRange } from './range.ts';
import type { Candidate } from '../../trial/candidate.ts';
import { kernelWith, prefixCandidate, type PatchesOptions } from '../../trial/prefix-candidate.ts';

/**
 * How many patches are applied at the position that a person names: by `0`, by a number of
 * patches, or by the beginning of a patch's name, which stands for the patches up to it.
 * undefined where no patch, or more than one, has such a name.
 */
export const positionOf = (all: readonly Patch[], word: string): number | undefined => {
  const numbered = /^\d+$/.test(word) && Number(word) <= all.length ? Number(word) : undefined;
  const named = all.flatMap(({ name }, index) => (name.startsWith(word) ? [index + 1] : []));
  return /^\d{1,3}$/.test(word) ? numbered : named.length === 1 ? named[0] : undefined;
};

/** The patches between two positions in a stack of series. Fails with `usage` where there is none. */
export const patchRange = (
  context: Context,
  stack: PatchesOptions,
  ends: { readonly good: string | undefined; readonly bad: string | undefined },
): Result<BisectRange> => {
  const patches = stack.series.flatMap((one) => one.patches);
  const good = ends.good === undefined ? 0 : positionOf(patches, ends.good);
  const bad = ends.bad === undefined ? patches.length : positionOf(patches, ends.bad);
  const wrong = good === undefined ? ends.good : bad === undefined ? ends.bad : undefined;
  if (good === undefined || bad === undefined)
    return fail('usage', `no single patch is called ${wrong ?? ''}`, {
      remedy: `give a number from 0 to ${patches.length}, or the beginning of a name: ${patches
        .map(({ name }) => name)
        .join(', ')}`,
    });
  if (good >= bad)
    return fail('usage', `there is no patch after ${good} and up to ${bad}`, {
      remedy: '--good names a position before that of --bad',
    });
  const names = stack.series.map(({ name }) => name).join(', ');
  const at = patches.slice(good, bad);
  return ok({
    title: `patches ${good + 1} to ${bad} of ${names}`,
    good: [prefixCandidate(stack, good)],
    suspects: at.map(({ name, digest }, index) => ({
      id: `${name} ${digest}`,
      label: name,
      parents: index === 0 ? [] : [index - 1],
      candidate: () => Promise.resolve(ok(prefixCandidate(stack, good + index + 1))),
    })),
    without: (index) => takeOut(context, stack, { count: bad, culprit: at[index] }),
    byHand: (index, command) =>
      [good + index + 1, good + index].map(
        (count) => `npx kbt ${command} ${toldBy(stack.series)} --patches ${count}`,
      ),
  });
};

/** The first `count` patches without one: only the others applied, or that one reverted on top of all. */
const takeOut = async (
  context: Context,
  stack: PatchesOptions,
  { count, culprit }: { readonly count: number; readonly culprit: Patch | undefined },
): Promise<Result<Candidate>> => {
  const label = `without ${culprit?.name ?? ''}`;
  const all = prefixOf(stack.series, count);
  const rest = all.map((series) => ({
    ...series,
    patches: series.patches.filter((patch) => patch !== culprit),
  }));
  const kernel = kernelWith(stack, rest);
  const without = await applySeries(context, stack.source, rest);
  if (without.ok) return ok({ label, kernel });
  const applied = await applySeries(context, stack.source, all);
  if (!applied.ok) return applied;
  const { repository, commit, base, patches } = applied.value;
  const own = patches.find(({ patch }) => patch.endsWith(`/${culprit?.name ?? ''}`))?.commit ?? '';
  const reverted = await revertOn(context, repository, commit, own);
  // The patch that does not apply says more than the failure of a merge.
  if (!reverted.ok) return without;
  const { source } = stack;
  const digest = `${source.digest} ${reverted.value}`;
  return ok({
    label,
    kernel: {
      ...kernel,
      source: {
        ...source,
        base,
        commit: reverted.value,
        digest,
        lineage: source.lineage ?? source.digest,
      },
      // The same names, so that it shares their tree.
      series: prefixOf(stack.series, 0),
    },
  });
};

/** The options that name the series again: those below kernel-patches/ by name. */
const toldBy = (all: readonly Series[]): string =>
  all
    .map(({ name, directory }) =>
      /(?:^|\/)kernel-patches\/[^/]+$/.test(directory)
        ? `--series ${name}`
        : `--series-dir ${directory}`,
    )
    .join(' ');
