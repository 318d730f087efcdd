// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../base/result.ts';

/** Where an installed LTP has to be in the root of programs: what `./configure` takes without `--prefix`. */
export const LTPROOT = '/opt/ltp';

/** A line of a suite of LTP. */
export interface LtpTest {
  readonly suite: string;
  /** Names it in its suite. */
  readonly tag: string;
  /** For a shell, with testcases/bin in its PATH. */
  readonly command: string;
}

/** A line of a suite in runtest/: a tag and a command; `#` begins a comment. */
const LINE = /^\s*(\S+)\s+(\S.*)$/;

/** All tests of a suite. Fails with `usage` at a line that is none, or has the tag of another. */
const readSuite = (suite: string, text: string, file: string): Result<readonly LtpTest[]> => {
  const tests = new Map<string, LtpTest>();
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, tag, command = ''] = LINE.exec(line) ?? [];
    if (tag === undefined || tests.has(tag))
      return fail(
        'usage',
        `--ltp: ${tag ? `two tests are called ${tag}` : 'a line has no command'}`,
        {
          where: `${file}:${index + 1}`,
        },
      );
    tests.set(tag, { suite, tag, command });
  }
  return ok([...tests.values()]);
};

/**
 * The tests of suites, `SUITE` or `SUITE:TAG` each, that an LTP in the directory of a root has.
 * Fails with `usage` where the root has none, or a name is none of it.
 */
export const readLtp = async (
  root: string,
  words: readonly string[],
): Promise<Result<readonly LtpTest[]>> => {
  const home = join(resolve(root), LTPROOT, 'runtest');
  const suites = await readdir(home).catch(() => undefined);
  if (!suites)
    return fail('usage', `--ltp: there is no LTP in ${LTPROOT} of --rootfs ${root}`, {
      remedy: 'give the directory of a root, and install LTP there: make install DESTDIR=DIR',
    });
  const tests = new Map<string, LtpTest>();
  for (const word of words) {
    const [suite = '', wanted, more] = word.split(':');
    if (!suites.includes(suite) || more !== undefined)
      return fail('usage', `--ltp: there is no suite ${word}`, {
        where: home,
        remedy: `there are: ${suites.sort().join(', ')}`,
      });
    const text = await readFile(join(home, suite), 'utf8');
    const all = readSuite(suite, text, join(home, suite));
    if (!all.ok) return all;
    const chosen = all.value.filter(({ tag }) => wanted === undefined || tag === wanted);
    if (chosen.length === 0)
      return fail('usage', `--ltp: the suite ${suite} has no test ${wanted ?? ''}`.trimEnd(), {
        where: join(home, suite),
      });
    for (const test of chosen) tests.set(`${suite} ${test.tag}`, test);
  }
  return ok([...tests.values()]);
};
