// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { inputsAt, revisionOf } from '../run/inputs-at.ts';
import { withSource, type Prepared, type Sourced } from '../run/prepare.ts';
import { liesElsewhere } from '../run/spec.ts';
import { filesTouched } from '../series/patch/contents.ts';
import { changedFiles } from '../series/apply/apply.ts';
import { openUserTree, sourceAt } from '../source/tree/user-tree.ts';
import type { Candidate } from '../trial/candidate.ts';
import { prefixCandidate, type PatchesOptions } from '../trial/prefix-candidate.ts';
import { candidateAt, touchedAt } from '../trial/revision-candidate.ts';

/** The two kernels that are compared. */
export interface CompareEnds {
  readonly base: Candidate;
  readonly patched: Candidate;
}

/**
 * The ends of a comparison: a series, and the source without it or the series at a revision
 * of the project's repository; or the user's tree as it is, and a revision of it, which is
 * HEAD unless named. Fails with `usage` where both are the same.
 */
export const compareEnds = async (
  context: Context,
  prepared: Prepared,
  base: string | undefined,
): Promise<Result<CompareEnds>> => {
  const sourced = await withSource(context, prepared);
  if (!sourced.ok) return sourced;
  const { source, inputs, variant, spec } = sourced.value;
  const named = spec.kernel.source.tree;
  const { series, fragments, modules } = inputs;
  const options = fragments.options;
  const patches: PatchesOptions = { source, series, options, variant, modules };
  if (series.length > 0) {
    if (base !== undefined) return seriesEnds(context, sourced.value, base);
    const all = series.flatMap((one) => one.patches);
    const watched = [...new Set(all.flatMap(filesTouched))];
    const names = series.map(({ name }) => name).join(', ');
    const patched = prefixCandidate({ ...patches, watched }, all.length);
    return ok({
      base: prefixCandidate({ ...patches, watched }, 0),
      patched: { ...patched, label: `with ${names}` },
    });
  }
  if (named === undefined)
    return fail('usage', 'there is no series to compare the source with', {
      remedy: 'name one by --series, or a tree of yours by --tree',
    });
  const tree = await openUserTree(context, named);
  if (!tree.ok) return tree;
  const before = await sourceAt(context, tree.value, base ?? 'HEAD');
  if (!before.ok) return before;
  if (before.value.commit === source.commit)
    return fail('usage', `${named} is at ${base ?? 'HEAD'}, with no edits: nothing differs`, {
      remedy: 'name by --base the revision to compare with',
    });
  const watched = await changedFiles(source.repository, before.value.commit, source.commit);
  const at = (label: string, of: typeof source): Candidate => ({
    ...prefixCandidate({ ...patches, source: of, watched }, 0),
    label,
  });
  return ok({
    base: at(base ?? 'HEAD', { ...before.value, base: before.value.commit }),
    patched: at(source.tree ?? 'the tree', { ...source, base: before.value.commit }),
  });
};

/** The series as they are, and as they were at a revision. */
const seriesEnds = async (
  context: Context,
  { inputs, source, variant, spec }: Sourced,
  revision: string,
): Promise<Result<CompareEnds>> => {
  if (spec.kernel.source.tree !== undefined || liesElsewhere(spec.kernel))
    return fail('usage', '--base with a series names a revision of this repository', {
      remedy: 'name series below kernel-patches/, or a --tree without one',
    });
  const commit = await revisionOf(context, revision);
  if (!commit.ok) return commit;
  const about = { kernel: spec.kernel, series: inputs.series.map(({ name }) => name), variant };
  const before = await inputsAt(context, commit.value, { ...spec.kernel, series: about.series });
  if (!before.ok) return before;
  const watched = touchedAt(before.value, inputs);
  const base = await candidateAt(
    context,
    { ...about, watched },
    { commit: commit.value, label: revision },
  );
  if (!base.ok) return base;
  const { series, fragments, modules } = inputs;
  return ok({
    base: base.value,
    patched: {
      label: `with ${about.series.join(', ')}`,
      kernel: { source, series, fragments, variant, modules, allowWarnings: true, watched },
    },
  });
};
