// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { revisionOf } from '../../run/inputs-at.ts';
import type { BisectRange } from './range.ts';
import { candidateAt, type HistoryOptions } from '../../trial/revision-candidate.ts';

interface Change {
  readonly id: string;
  readonly parents: readonly string[];
  readonly label: string;
}

/**
 * The commits of the project's repository between two of its revisions that change
 * kernel-patches/: a patch edited, a pin moved. Programs are those of today in all states.
 * Fails with `usage`.
 */
export const historyRange = async (
  context: Context,
  history: HistoryOptions,
  ends: { readonly good: string | undefined; readonly bad: string | undefined },
): Promise<Result<BisectRange>> => {
  if (ends.good === undefined)
    return fail('usage', 'it is not said which revision is good', {
      remedy: 'name one by --good: a tag, a branch, a commit; --bad is HEAD unless named',
    });
  const named = ends.bad ?? 'HEAD';
  const good = await revisionOf(context, ends.good);
  if (!good.ok) return good;
  const bad = await revisionOf(context, named);
  if (!bad.ok) return bad;
  const here = (...args: readonly string[]) =>
    git(['-C', context.project, ...args], { signal: context.signal });
  if ((await here('merge-base', '--is-ancestor', good.value, bad.value)).code !== 0)
    return fail('usage', `${ends.good} is no ancestor of ${named}`, {
      remedy: 'name a good revision out of which the bad one came',
    });
  if (text(await here('status', '--porcelain', '--', 'kernel-patches')) !== '')
    context.emit({
      type: 'warning',
      text: 'kernel-patches/ has uncommitted edits: they are part of no revision, and left out',
    });
  const changes = await changesBetween(context, good.value, bad.value);
  if (changes.length === 0)
    return fail('usage', `no commit from ${ends.good} to ${named} changes kernel-patches/`, {
      remedy: 'what changed is a program, or kbt itself; or are good and bad exchanged?',
    });
  const start = await candidateAt(context, history, {
    commit: good.value,
    label: `${good.value.slice(0, 12)}, good`,
  });
  if (!start.ok) return start;
  const indexOf = new Map(changes.map(({ id }, index) => [id, index]));
  return ok({
    title: `${changes.length} commits from ${ends.good} to ${named}`,
    good: [start.value],
    suspects: changes.map(({ id, parents, label }) => ({
      id,
      label,
      parents: parents.flatMap((parent) => indexOf.get(parent) ?? []),
      candidate: () => candidateAt(context, history, { commit: id, label }),
    })),
    without: (index) => {
      const { id = '', label = '' } = changes[index] ?? {};
      return candidateAt(context, history, {
        commit: bad.value,
        label: `without ${label}`,
        without: id,
      });
    },
    byHand: (index, command) => {
      const { id = '' } = changes[index] ?? {};
      return ['', '^'].map(
        (before) =>
          `git checkout ${id.slice(0, 12)}${before} && npx kbt ${command} --series ${history.series.join(',')}`,
      );
    },
  });
};

/** Parents before children, each with the patches that it changes. */
const changesBetween = async (
  { project, signal }: Context,
  good: string,
  bad: string,
): Promise<readonly Change[]> => {
  const about = ['log', '--topo-order', '--reverse', '--parents', '--relative', '--name-only'];
  const format = '--format=%x01%H%x00%P%x00%s%x00';
  const range = [bad, `^${good}`, '--', 'kernel-patches'];
  const ended = await git(['-C', project, ...about, format, ...range], { signal });
  return text(ended)
    .split('\x01')
    .slice(1)
    .map((entry) => {
      const [id = '', parents = '', subject = '', files = ''] = entry.split('\0');
      const changed = files
        .split('\n')
        .filter((file) => file !== '')
        .map((file) => file.replace(/^kernel-patches\//, ''));
      const shown = changed.length > 3 ? [...changed.slice(0, 3), '…'] : changed;
      const label = `${id.slice(0, 12)} ${printable(subject)} (${shown.join(', ')})`;
      return { id, parents: parents.split(' ').filter(Boolean), label };
    });
};
