// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';

/** A KUnit suite that a series promises. */
export interface Suite {
  /** As /sys/kernel/debug/kunit has it. */
  readonly name: string;
  /** file:line */
  readonly where: string;
  /** The series, where it is known. */
  readonly series?: string;
}

/** The `kunit` file of a series: the name of one suite a line, `#` begins a comment. */
export const parseSuites = (text: string, file: string): Result<readonly Suite[]> => {
  const suites: Suite[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const name = line.replace(/#.*$/, '').trim();
    if (name === '') continue;
    const where = `${file}:${index + 1}`;
    if (!/^[\w+][\w.+-]*$/.test(name))
      return fail('unbuildable', `${name} is no name of a KUnit suite`, { where });
    if (suites.some((suite) => suite.name === name))
      return fail('unbuildable', `the suite ${name} is named twice`, { where });
    suites.push({ name, where });
  }
  return ok(suites);
};
