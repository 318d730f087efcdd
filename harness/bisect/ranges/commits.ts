// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { fitBase } from '../../kconfig/fit-base.ts';
import type { Inputs } from '../../run/inputs.ts';
import { revertOn } from '../../series/apply/revert.ts';
import { changedFiles } from '../../series/apply/apply.ts';
import type { Source } from '../../source/source.ts';
import { sourceAt, uncommitted, type UserTree } from '../../source/tree/user-tree.ts';
import type { BisectRange } from './range.ts';
import type { Candidate } from '../../trial/candidate.ts';

/** A tree whose commits are searched, with what all their kernels share. */
export interface CommitsOptions {
  readonly tree: UserTree;
  readonly inputs: Inputs;
  readonly variant: string;
  /** The question is about warnings: those of every file that changes between the ends are kept. */
  readonly warnings: boolean;
}

interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly label: string;
}

/**
 * The commits that are in the bad revision and not in the good one, merges included. Where
 * the good one is no ancestor of the bad one, their common ancestors have to be good, too:
 * otherwise the good side may have fixed an older fault. Fails with `usage`.
 */
export const commitRange = async (
  context: Context,
  options: CommitsOptions,
  ends: { readonly good: string | undefined; readonly bad: string | undefined },
): Promise<Result<BisectRange>> => {
  const { tree } = options;
  if (ends.good === undefined)
    return fail('usage', 'it is not said which revision is good', {
      remedy: 'name one by --good: a tag, a branch, a commit; --bad is HEAD unless named',
    });
  const good = await sourceAt(context, tree, ends.good);
  if (!good.ok) return good;
  const bad = await sourceAt(context, tree, ends.bad ?? 'HEAD');
  if (!bad.ok) return bad;
  if (await uncommitted(tree))
    context.emit({
      type: 'warning',
      text: `${tree.directory} has uncommitted edits: they are part of no revision, and left out`,
    });
  const common = await call(tree, ['merge-base', '--all', good.value.commit, bad.value.commit]);
  const bases = common.code === 0 ? text(common).split('\n') : [];
  if (bases.length === 0) return isCut(tree, 'the two revisions have nothing in common');
  const commits = await commitsBetween(tree, good.value.commit, bad.value.commit);
  if (commits.length === 0)
    return fail('usage', `no commit lies between ${ends.good} and ${ends.bad ?? 'HEAD'}`, {
      remedy: 'are good and bad exchanged?',
    });
  const edge = await cutAt(tree, commits);
  if (edge !== undefined) return isCut(tree, `the history ends at ${edge.slice(0, 12)}`);
  const watched = options.warnings
    ? await changedFiles(tree.repository, good.value.commit, bad.value.commit)
    : undefined;
  const candidateOf = async (label: string, source: Source): Promise<Candidate> => ({
    label,
    kernel: {
      source,
      series: options.inputs.series,
      modules: options.inputs.modules,
      fragments: await fitBase(
        { ...context, emit: () => undefined },
        source,
        options.inputs.fragments,
        options.inputs.baseOptions,
      ),
      variant: options.variant,
      allowWarnings: true,
      ...(watched ? { watched } : {}),
    },
  });
  const atCommit = async (id: string, label: string): Promise<Result<Candidate>> => {
    const source = await sourceAt(context, tree, id);
    return source.ok ? ok(await candidateOf(label, source.value)) : source;
  };
  const goods: Candidate[] = [];
  for (const id of new Set([good.value.commit, ...bases])) {
    const candidate = await atCommit(id, id.slice(0, 12));
    if (!candidate.ok) return candidate;
    goods.push(candidate.value);
  }
  const indexOf = new Map(commits.map(({ id }, index) => [id, index]));
  return ok({
    title: `${commits.length} commits from ${ends.good} to ${ends.bad ?? 'HEAD'} of ${tree.directory}`,
    good: goods,
    suspects: commits.map(({ id, parents, label }) => ({
      id,
      label,
      parents: parents.flatMap((parent) => indexOf.get(parent) ?? []),
      candidate: () => atCommit(id, label),
    })),
    without: async (index) => {
      const { id = '', label = '' } = commits[index] ?? {};
      const reverted = await revertOn(context, tree.repository, bad.value.commit, id);
      if (!reverted.ok) return reverted;
      const { base, ...source } = bad.value;
      const oid = text(await call(tree, ['rev-parse', `${reverted.value}^{tree}`]));
      const own = { commit: reverted.value, digest: `tree:${oid}` };
      const counted = base === undefined ? {} : { base: bad.value.commit };
      return ok(await candidateOf(`without ${label}`, { ...source, ...own, ...counted }));
    },
    byHand: (index, command) => {
      if (command !== 'boot-test') return [];
      const { id = '' } = commits[index] ?? {};
      return ['', '^'].map(
        (before) =>
          `git -C ${tree.directory} checkout ${id.slice(0, 12)}${before} && npx kbt boot-test --tree ${tree.directory}`,
      );
    },
  });
};

const call = ({ repository }: UserTree, args: readonly string[]) =>
  git(['--git-dir', repository, ...args]);

/** Parents come before children: the search relies on it. */
const commitsBetween = async (
  tree: UserTree,
  good: string,
  bad: string,
): Promise<readonly Commit[]> => {
  const format = '--format=%H%x00%P%x00%s';
  const ended = await call(tree, ['log', '--topo-order', '--reverse', format, bad, `^${good}`]);
  return text(ended)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', parents = '', subject = ''] = line.split('\0');
      const label = `${id.slice(0, 12)} ${subject}`;
      return { id, parents: parents.split(' ').filter(Boolean), label };
    });
};

/** The commit among these at which a shallow clone ends; undefined where none is. */
const cutAt = async (tree: UserTree, commits: readonly Commit[]): Promise<string | undefined> => {
  const shallow = text(await call(tree, ['rev-parse', '--is-shallow-repository'])) === 'true';
  return shallow ? commits.find(({ parents }) => parents.length === 0)?.id : undefined;
};

const isCut = (tree: UserTree, why: string) =>
  fail('usage', `the history of ${tree.directory} does not reach from good to bad: ${why}`, {
    remedy: 'in a shallow clone: git fetch --unshallow; else name ends of one history',
  });
