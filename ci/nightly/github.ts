// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { $ } from 'zx';
import { markOf, titleOf, type Searched } from './issue.ts';

const quietly = $({ quiet: true, nothrow: true });

/** The revision of the last night, of all its cells, that ended well, as GitHub remembers it; undefined where it knows none. */
export const lastGreen = async (): Promise<string | undefined> => {
  const about = ['--workflow', 'nightly.yml', '--event', 'schedule', '--status', 'success'];
  const { exitCode, stdout } =
    await quietly`gh run list ${about} --limit 1 --json headSha --jq ${'.[0].headSha // ""'}`;
  return exitCode === 0 && /^[0-9a-f]{40}$/.test(stdout.trim()) ? stdout.trim() : undefined;
};

/**
 * Opens an issue for a regression with the text that lies in a directory, or adds that to
 * the one that is open for it; by gh, which takes repository and token from the environment. Gives what gh said when it failed.
 */
export const publish = async (
  searched: Searched,
  directory: string,
): Promise<string | undefined> => {
  const mark = markOf(searched);
  const file = join(directory, `${mark}.md`);
  const found =
    await quietly`gh issue list --state open --search ${`${mark} in:body`} --json number,body`;
  if (found.exitCode !== 0) return found.stderr.trim();
  // The search is by words: another issue may have them in another order, or quote them.
  const issues = JSON.parse(found.stdout) as readonly { number: number; body: string }[];
  const number = String(
    issues.find(({ body }) => body.split(/\r?\n/).includes(mark))?.number ?? '',
  );
  const done =
    number === ''
      ? await quietly`gh issue create --title ${titleOf(searched)} --body-file ${file}`
      : await quietly`gh issue comment ${number} --body-file ${file}`;
  return done.exitCode === 0 ? undefined : done.stderr.trim();
};
