// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { isWorthCopying, nearestFirst } from '../../../harness/kernel/objects/builds-to-copy.ts';

test('a build begins with the configuration that differs in the fewest lines', () => {
  const built = [
    { name: 'unknown', state: { fragments: undefined } },
    { name: 'more', state: { fragments: 'A=y\nB=y\nC=y\nD=y' } },
    { name: 'none', state: { fragments: '' } },
    { name: 'other', state: { fragments: 'A=y\nB=n' } },
    { name: 'same', state: { fragments: 'B=y\nA=y' } },
  ];
  const names = nearestFirst('A=y\nB=y', built).map(({ name }) => name);
  expect(names).toEqual(['same', 'more', 'other', 'none']);
});

test.each([
  [10, 50, false],
  [10, 70, false],
  [10, 71, true],
  [400, 421, false],
  [73, 1481, true],
])('a copy of which %i objects are compiled, in place of a build of %i: %s', (copy, own, worth) => {
  expect(isWorthCopying(copy, own)).toBe(worth);
});
