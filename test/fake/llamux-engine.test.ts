// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ROOT } from '../support/kbt.ts';

/** What a script of test/oracle says, which builds the engine in a directory of its own. */
const told = async (script: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-llamux-'));
  try {
    const file = join(ROOT, 'test', 'oracle', script);
    const { exitCode, stdout, stderr } = await execa('node', [file, directory], { reject: false });
    expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

test('the engine of Llamux computes what llama.cpp did, for each type of weights', async () => {
  expect((await told('hold.mjs')).match(/^\w+(?=: \d\d+ positions differ)/gm)).toEqual([
    ...['F32', 'F16', 'Q8_0', 'Q4_0', 'Q6_K'],
  ]);
});

test('no file that a fuzzer found has the engine of Llamux read or compute what it may not', async () => {
  const [, read = '', all = '', taken = ''] =
    /^(\d+) of (\d+) files read, (\d+) taken$/.exec(await told('corpus.mjs')) ?? [];
  expect(read).toBe(all);
  expect(Number(all)).toBeGreaterThan(300);
  expect(Number(taken)).toBeGreaterThan(10);
});
