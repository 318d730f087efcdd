// SPDX-License-Identifier: MIT
import { git, text } from '../../base/process/git.ts';
import type { Source } from '../../source/source.ts';

/** A commit, and what its lines and warnings are said to be of. */
export interface Labelled {
  readonly commit: string;
  readonly patch: string;
}

/**
 * The commits of a source above its base, in order: `1a2b3c4d5e6f the subject`; one
 * that the harness made of what was not committed by its subject alone.
 */
export const ownCommits = async (source: Source): Promise<readonly Labelled[]> => {
  const { repository, base, commit } = source;
  if (base === undefined || base === commit) return [];
  const range = `${base}..${commit}`;
  const ended = await git([
    ...['--git-dir', repository, 'log', '--reverse', '--format=%H %ce %s', range],
  ]);
  return text(ended)
    .split('\n')
    .flatMap((line) => {
      const [, id, committer, subject = ''] = /^(\S+) (\S*) (.*)$/.exec(line) ?? [];
      if (id === undefined) return [];
      const label = committer === 'kbt@localhost' ? subject : `${id.slice(0, 12)} ${subject}`;
      return [{ commit: id, patch: label }];
    });
};
