// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { sourceAt, type UserTree } from '../../source/tree/user-tree.ts';
import { filesTouched } from '../patch/contents.ts';
import type { Series } from '../series.ts';
import type { KnownChanges } from './standing.ts';

/** A commit of a tree, and the release, 6.12.90, that a series stood on before. */
interface Range {
  readonly release: string;
  readonly commit: string;
}

/**
 * What the commits of a git tree since a release change in the files of a series, as
 * git-cherry(1) compares it; undefined where the tree has no tag of that release.
 */
export const knownChanges = async (
  context: Context,
  tree: UserTree,
  { release, commit }: Range,
  { patches }: Pick<Series, 'patches'>,
): Promise<KnownChanges | undefined> => {
  const files = [...new Set(patches.flatMap(filesTouched))];
  if (files.length === 0) return new Map();
  const below = await released(context, tree, release);
  if (below === undefined) return undefined;
  const of = ['log', '-p', '--no-merges', '--full-index', commit, `^${below}`, '--', ...files];
  const log = await git(['--git-dir', tree.repository, ...of], {
    env: { GIT_LITERAL_PATHSPECS: '1' },
  });
  const ids = text(await git(['patch-id', '--stable'], { stdin: log.stdout })).split('\n');
  return new Map(
    ids.flatMap((line) => {
      const [id = '', name = ''] = line.split(' ');
      return id === '' ? [] : [[id, name] as const];
    }),
  );
};

/** The commit of a release, or of the one of Linus' that it began as: a tree may have his tags alone. */
const released = async (
  context: Context,
  tree: UserTree,
  release: string,
): Promise<string | undefined> => {
  const [, line = release] = /^(\d+\.\d+)\./.exec(release) ?? [];
  for (const tag of [`v${release.replace(/\.0$/, '')}`, `v${line}`]) {
    const found = await sourceAt(context, tree, tag);
    if (found.ok) return found.value.commit;
  }
  return undefined;
};
