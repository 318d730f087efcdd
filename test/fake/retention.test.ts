// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beyond, type CacheEntry } from '../../harness/base/cache/cache-entries.ts';
import { announceRun } from '../../harness/base/cache/runs.ts';
import { kbt } from '../support/kbt.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Kind, name, days since its last use, MiB. */
const HELD: readonly (readonly [string, string, number, number])[] = [
  ['kernels', 'old', 9, 3],
  ['kernels', 'new', 1, 3],
  ['trees', 'older', 12, 5],
  ['bisects', 'left.jsonl', 20, 0],
];

let cache = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kbt-cache-'));
  await writeFile(join(cache, 'of-another'), 'not ours');
  for (const [kind, name, days, mib] of HELD) {
    const path = join(cache, kind, name);
    const isFile = name.includes('.');
    await mkdir(isFile ? join(cache, kind) : path, { recursive: true });
    await writeFile(isFile ? path : join(path, 'data'), Buffer.alloc(mib * 2 ** 20));
    const used = new Date(Date.now() - days * DAY);
    await utimes(path, used, used);
  }
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const clean = (...args: readonly string[]) => kbt(['clean', ...args], { KBT_CACHE: cache });
const left = (): readonly string[] =>
  HELD.filter(([kind, name]) => existsSync(join(cache, kind, name))).map(([, name]) => name);

test.for([
  [['--older-than', '5'], ['new']],
  [
    ['--kind', 'kernels', '--older-than', '5'],
    ['new', 'older', 'left.jsonl'],
  ],
  [
    ['--to', '1'],
    ['old', 'new', 'older', 'left.jsonl'],
  ],
  [
    ['--older-than', '5', '--dry-run'],
    ['old', 'new', 'older', 'left.jsonl'],
  ],
] as const)('clean with %o leaves %o', async ([args, wanted]) => {
  const { code, stderr } = await clean(...args);
  expect([code, left()], stderr).toEqual([0, wanted]);
  expect(existsSync(join(cache, 'of-another'))).toBe(true);
});

test('what was used since the oldest live run began stays', async () => {
  const over = await announceRun(cache);
  const now = new Date(Date.now() + 1000);
  await utimes(join(cache, 'kernels', 'new'), now, now);
  const { stderr } = await clean('--kind', 'kernels,trees');
  expect(left()).toEqual(['new', 'left.jsonl']);
  expect(stderr).toContain('kept, a run uses the cache: kernels/new');
  await over();
  await clean('--kind', 'kernels');
  expect(left()).toEqual(['left.jsonl']);
});

test('cache names what it holds, and an unknown kind is refused', async () => {
  const { stdout } = await kbt(['cache'], { KBT_CACHE: cache });
  expect(stdout).toMatch(/^kernels +2 +6 MiB +1\.0 d +9\.0 d$/m);
  const { code, stderr } = await clean('--kind', 'kernel');
  expect([code, stderr]).toEqual([64, expect.stringContaining('kernels, kits')]);
});

test('a bound takes the least recently used, and nothing in use', () => {
  const holding = (used: number): CacheEntry => ({
    kind: 'kernels',
    path: `${used}`,
    bytes: 10,
    used,
  });
  const held = [1, 2, 3, 4].map(holding);
  const gone = (bounds: Parameters<typeof beyond>[1]) =>
    beyond(held, bounds).map(({ used }) => used);
  expect(gone({ bytes: 40 })).toEqual([]);
  expect(gone({ bytes: 25 })).toEqual([1, 2]);
  expect(gone({ bytes: 25, inUseSince: 2 })).toEqual([1]);
  expect(gone({ before: 4 })).toEqual([1, 2, 3]);
  expect(gone({ before: 4, bytes: 35 })).toEqual([1]);
  expect(gone({ bytes: Number.NaN })).toEqual([]);
});
