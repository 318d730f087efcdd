// SPDX-License-Identifier: MIT
import { run, type Command, type Ended } from './process.ts';

/**
 * Git as the harness uses it everywhere: none of the user's configuration,
 * hooks or prompts has a say in what a tree is.
 */
export const git = (args: readonly string[], command: Omit<Command, 'argv'> = {}): Promise<Ended> =>
  run({
    argv: ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'safe.directory=*', ...args],
    capture: true,
    ...command,
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_DIR: undefined,
      GIT_WORK_TREE: undefined,
      GIT_INDEX_FILE: undefined,
      GIT_COMMITTER_NAME: 'kbt',
      GIT_COMMITTER_EMAIL: 'kbt@localhost',
      GIT_COMMITTER_DATE: '@0 +0000',
      ...command.env,
    },
  });

/** What a git command printed, without the last newline. */
export const text = (ended: Ended): string => ended.stdout.toString().replace(/\n$/, '');

/** A file of a commit, as text; undefined where it has none. */
export const fileAt = async (
  { repository, commit }: { readonly repository: string; readonly commit: string },
  path: string,
): Promise<string | undefined> => {
  const shown = await git(['--git-dir', repository, 'cat-file', 'blob', `${commit}:${path}`]);
  return shown.code === 0 ? shown.stdout.toString() : undefined;
};
