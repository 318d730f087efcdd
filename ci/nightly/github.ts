// SPDX-License-Identifier: MIT
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { markOf, renderIssue, titleOf, type Night, type Searched } from './issue.ts';

const quietly = $({ quiet: true, nothrow: true });

/** The revision of the last night that ended well, as GitHub remembers it; undefined where it knows none. */
export const lastGreen = async (): Promise<string | undefined> => {
  const about = ['--workflow', 'nightly.yml', '--status', 'success', '--limit', '1'];
  const { exitCode, stdout } =
    await quietly`gh run list ${about} --json headSha --jq ${'.[0].headSha // ""'}`;
  return exitCode === 0 && /^[0-9a-f]{40}$/.test(stdout.trim()) ? stdout.trim() : undefined;
};

/**
 * Opens an issue for a regression, or adds to the one that is open for it; by gh, which
 * takes repository and token from the environment. Gives what gh said when it failed.
 */
export const publish = async (
  searched: Searched,
  night: Night,
  directory: string,
): Promise<string | undefined> => {
  const mark = markOf(searched);
  const file = join(directory, `${mark}.md`);
  writeFileSync(file, renderIssue(searched, night));
  const found =
    await quietly`gh issue list --state open --search ${`${mark} in:body`} --json number --jq ${'.[0].number // ""'}`;
  if (found.exitCode !== 0) return found.stderr.trim();
  const number = found.stdout.trim();
  const done =
    number === ''
      ? await quietly`gh issue create --title ${titleOf(searched)} --body-file ${file}`
      : await quietly`gh issue comment ${number} --body-file ${file}`;
  return done.exitCode === 0 ? undefined : done.stderr.trim();
};
