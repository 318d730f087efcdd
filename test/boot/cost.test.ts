// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Cost } from '../../harness/measure/cost.ts';
import { kbt, ROOT } from '../support/kbt.ts';

test('a branch more on the way of a call is so many instructions, in its function', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-cost-'));
  const json = join(directory, 'cost.json');
  const series = join(ROOT, 'test', 'boot', 'counted', 'series');
  const about = ['--series-dir', series, '--max', 'getppid=0', '--max', 'read-1-byte=0'];
  const ran = await kbt(['cost', ...about, '--json', json]);
  const result = JSON.parse(await readFile(json, 'utf8')) as Cost;
  await rm(directory, { recursive: true, force: true });
  const rowOf = (name: string) => result.instructions.find((row) => row.name === name);
  const { base, patched } = rowOf('getppid') ?? {};
  if (typeof base !== 'number' || typeof patched !== 'number') throw new Error(ran.stderr);
  // A load and a comparison, and a jump that is not taken.
  expect([2, 3]).toContain(patched - base);
  expect(rowOf('read-1-byte')?.base).toBe(rowOf('read-1-byte')?.patched);
  const account = result.accounts.find(({ probe }) => probe === 'getppid')?.functions;
  expect(account).toHaveLength(1);
  expect(account?.[0]?.name).toMatch(/getppid$/);
  expect((account?.[0]?.patched ?? 0) - (account?.[0]?.base ?? 0)).toBe(patched - base);
  expect(ran.stdout).toMatch(/^not ok \d+ - getppid grows by at most 0 instructions$/m);
  expect(ran.stdout).toMatch(/^ok \d+ - read-1-byte grows by at most 0 instructions$/m);
  expect(ran.code).toBe(1);
});
