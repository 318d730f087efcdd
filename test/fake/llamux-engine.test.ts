// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT } from '../support/kbt.ts';

test('the engine of Llamux computes what llama.cpp did, for each type of weights', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-llamux-'));
  try {
    const held = await execa('node', [join(ROOT, 'test', 'oracle', 'hold.mjs'), directory], {
      reject: false,
    });
    expect(held.exitCode, `${held.stdout}\n${held.stderr}`).toBe(0);
    expect(held.stdout.match(/^\w+(?=: \d\d+ positions differ)/gm)).toEqual([
      ...['F32', 'F16', 'Q8_0', 'Q4_0', 'Q6_K'],
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
