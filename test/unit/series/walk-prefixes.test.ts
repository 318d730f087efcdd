// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { fail, ok } from '../../../harness/base/result.ts';
import { walkPrefixes, type PrefixWalk } from '../../../harness/series/walk-prefixes.ts';

const walk = (look: PrefixWalk<string, number>['look']) =>
  walkPrefixes<string, number>({
    prefixes: ['a', 'b', 'c'].map((name, index) => ({ name, count: index + 1 })),
    first: 0,
    look,
    notRun: ({ name }) => `${name} not-run`,
  });

test('each prefix is given what the one before it handed on', async () => {
  const walked = await walk(({ name }, before) =>
    Promise.resolve(ok({ row: `${name} ${before}`, handed: before + 1 })),
  );
  expect(walked).toEqual({ rows: ['a 0', 'b 1', 'c 2'], last: 3, stopped: undefined });
});

test('an environment that fails ends the walk', async () => {
  const broken = fail('environment', 'no space');
  const walked = await walk(({ name }) =>
    Promise.resolve(name === 'b' ? broken : ok({ row: name, handed: 1 })),
  );
  expect(walked).toEqual({
    rows: ['a', 'b not-run', 'c not-run'],
    last: undefined,
    stopped: broken.failure,
  });
});

test('a prefix that cannot be left behind ends the walk, and is no failure of it', async () => {
  const walked = await walk(({ name }) =>
    Promise.resolve(ok({ row: name, handed: 1, ends: name === 'a' })),
  );
  expect(walked).toEqual({
    rows: ['a', 'b not-run', 'c not-run'],
    last: undefined,
    stopped: undefined,
  });
});
