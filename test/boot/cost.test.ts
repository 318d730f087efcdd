// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Cost } from '../../harness/measure/cost/cost.ts';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { readTold } from '../support/told.ts';

/** Its third patch adds a branch to getppid. */
const SERIES = ['--series-dir', join(ROOT, 'test', 'boot', 'counted', 'series')];

/** What a command about it wrote with --json. */
const ask = async (command: string, ...args: readonly string[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-cost-'));
  const json = join(directory, 'result.json');
  const ran = await kbt([command, ...SERIES, ...args, '--json', json]);
  const told = await readTold(json);
  await rm(directory, { recursive: true, force: true });
  if (told === undefined) throw new Error(`no result:\n${ran.stderr}`);
  return { ...ran, result: told };
};

test('a branch more on the way of a call is so many instructions, in its function', async () => {
  const ran = await ask('cost', '--runs', '1', '--max', 'getppid=0', '--max', 'read-1-byte=0');
  const result = ran.result as Cost;
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

test('the patch that made a call dearer is found', async () => {
  const { result, code, stderr } = await ask('bisect', '--cost', 'getppid', '--over', '1');
  expect(result, stderr).toMatchObject({
    suspects: ['0003-sys-Take-a-branch-in-getppid.patch'],
    cure: { verdict: 'cured' },
    byHand: [
      expect.stringMatching(/^npx kbt cost .* --patches 3$/),
      expect.stringMatching(/^npx kbt cost .* --patches 2$/),
    ],
  } satisfies Partial<Record<keyof Bisected, unknown>>);
  expect(code).toBe(0);
});
