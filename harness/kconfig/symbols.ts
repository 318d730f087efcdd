// SPDX-License-Identifier: MIT
import { git } from '../base/process/git.ts';

/** All symbols that the Kconfig files of a commit have, `CONFIG_NET`; of all architectures. */
export const symbolsOf = async ({
  repository,
  commit,
}: {
  readonly repository: string;
  readonly commit: string;
}): Promise<ReadonlySet<string>> => {
  const pattern = '^[[:space:]]*(menu)?config [A-Za-z0-9_]+[[:space:]]*$';
  const at = ['--git-dir', repository];
  const found = await git([...at, 'grep', '-hE', pattern, commit, '--', '*Kconfig*']);
  const lines = found.stdout.toString().matchAll(/config (\w+)/g);
  return new Set([...lines].map(([, name = '']) => `CONFIG_${name}`));
};
