// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';

/** What no kernel is made of. */
const OUTSIDE = /^(?:Documentation|samples|scripts|tools|usr)\//;

/** Tests, by the names that Documentation/dev-tools/kunit/style.rst gives them. */
const TEST = /(?:_test|_kunit|-test)\.c$|(?:^|\/)tests?\//;

/**
 * The C files of the kernel among those that patches touch, without their tests, and
 * those that are asked for. Fails with `usage` where there is none: nothing could be
 * counted.
 */
export const filesToCount = (
  touched: readonly string[],
  more: readonly string[],
): Result<readonly string[]> => {
  const wrong = more.find((file) => !file.endsWith('.c'));
  if (wrong !== undefined)
    return fail('usage', `--count ${wrong}: only C files are counted`, {
      remedy: 'a header is counted in the C files that include it',
    });
  const kernel = touched.filter((file) => !OUTSIDE.test(file));
  const own = kernel.filter((file) => file.endsWith('.c') && !TEST.test(file));
  const files = [...new Set([...own, ...more])].sort();
  if (files.length > 0) return ok(files);
  const why = kernel.some((file) => file.endsWith('.S'))
    ? 'assembly is not counted'
    : kernel.some((file) => file.endsWith('.h'))
      ? 'a header is counted in the C files that include it'
      : 'they touch documentation, options, tests or tools, or nothing at all';
  return fail('usage', 'the patches touch no C file of the kernel: there is nothing to count', {
    detail: why,
    remedy: 'name a C file that uses them by --count, or another series by --series',
  });
};
