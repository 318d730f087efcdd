// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { nearestFirst } from '../../../harness/kernel/make/seed.ts';

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
