// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../base/process/git.ts';

/** What Debian's package adds to the kernel's .gitignore: all files are its own, but for debian/. */
const IGNORES_ALL = /^(?:\/\*|!\/debian\/)$/;
/** And of what it leaves out that of which a series may have new ones: `.*` is ignored. */
const SEEN = ['!.gitignore', '!.kunitconfig', ''];

/**
 * Has git see new files in a checkout of Debian's source, whose .gitignore passes over every file
 * that is not in the index: `git add --all` would leave them out, and nothing would tell. The edit
 * is marked, so that no commit and no status has it. Any other source stays as it is.
 */
export const seeNewFiles = async (directory: string): Promise<void> => {
  const file = join(directory, '.gitignore');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  if (!lines.includes('/*')) return;
  const others = lines.filter((line) => !IGNORES_ALL.test(line));
  await writeFile(file, [...others, ...SEEN].join('\n'));
  await git(['-C', directory, 'update-index', '--assume-unchanged', '.gitignore']);
};
