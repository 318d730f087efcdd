// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunResult } from '../../harness/run/result/result.ts';
import { kbt } from '../support/kbt.ts';

const TESTS = ['smoke', 'synos_query', 'synos_abi', 'kunit.*'].flatMap((name) => ['--tests', name]);

/** What a run says of the kernel, without times and places. */
const essence = ({ programs, exitCode }: RunResult) => ({
  exitCode,
  programs: programs.map(({ name, outcome, results, reports }) => [
    name,
    outcome,
    results,
    reports,
  ]),
});

test('two shards, one after the other, merge to the run of one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-shards-'));
  try {
    const file = (name: string): string => join(directory, `${name}.json`);
    const read = async (name: string) =>
      JSON.parse(await readFile(file(name), 'utf8')) as RunResult;
    const ran = (name: string, ...args: readonly string[]) =>
      kbt(['boot-test', ...TESTS, '--json', file(name), ...args]);
    const codes = [
      await ran('whole'),
      await ran('1', '--shard', '1/2'),
      await ran('2', '--shard', '2/2'),
      await kbt(['merge', file('1'), file('2'), '--json', file('merged')]),
    ].map(({ code }) => code);
    expect(codes).toEqual([0, 0, 0, 0]);
    const merged = await read('merged');
    expect(essence(merged)).toEqual(essence(await read('whole')));
    expect(merged.programs.length).toBeGreaterThan(4);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
