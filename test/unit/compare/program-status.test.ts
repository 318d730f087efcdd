// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { differenceOf, stateOf } from '../../../harness/compare/program-status.ts';
import { program, report, seen, unbuilt } from '../../support/trials.ts';

test('what got worse is told from what was never good', () => {
  const before = stateOf(seen([program('fail', { a: true, b: false, c: true })]));
  const now = stateOf(
    seen([program('fail', { a: false, b: false, c: true, d: true })], { stray: [report('x')] }),
  );
  expect(differenceOf(before, now)).toEqual({
    warnings: [],
    regressed: ['p/a'],
    fixed: ['p/d'],
    stillFailing: ['p/b'],
    reports: ['x BUG: KASAN in x'],
  });
  // A program that oopses gives no results: it is the program that regressed.
  const oops = stateOf(seen([program('kernel-report', {}, [report('x')])]));
  expect(differenceOf(stateOf(seen([program('pass', { a: true })])), oops)).toMatchObject({
    regressed: ['p'],
  });
  // What does not build has no tests to fail.
  const broken = stateOf(unbuilt('a.c:1', 'no'));
  expect(differenceOf(before, broken)).toMatchObject({ regressed: [] });
  expect(broken).toMatchObject({ builds: false, broken: 'a.c:1: no' });
});
