// SPDX-License-Identifier: MIT
import { chmod, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheDirectory } from '../../harness/base/context.ts';
import { bootTest } from '../support/faults.ts';

/** Prints 32 bytes of the kernel's random numbers, the host's time and its own. */
const DRAW = `#!/bin/sh
echo TAP version 13
echo 1..1
echo "# draw $(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n')"
echo "# time $(date +%s)"
echo ok 1 drew
`;

let programs: string;
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'kbt-draw-'));
  for (let number = 1; number <= 20; number += 1) {
    const file = join(programs, `draw_${number}`);
    await writeFile(file, DRAW);
    await chmod(file, 0o755);
  }
});
afterAll(() => rm(programs, { recursive: true, force: true }));

const draws = (...args: string[]) => bootTest('--test-dir', programs, '--tests', 'draw_*', ...args);

test('twenty forks draw twenty random numbers, and know what time it is', async () => {
  const { result, stderr, outputs } = await draws('--isolate');
  expect(result.programs.map((p) => p.outcome)).toEqual(Array(20).fill('pass'));
  expect(new Set(result.programs.map((p) => p.boot)).size).toBe(20);
  expect(stderr.match(/forked, SSH/g)?.length).toBeGreaterThanOrEqual(19);
  const drawn = outputs.map((text) => /^# draw ([0-9a-f]{64})$/m.exec(text)?.[1]);
  expect(new Set(drawn).size).toBe(20);
  const now = Date.now() / 1000;
  for (const text of outputs) {
    const age = now - Number(/^# time (\d+)$/m.exec(text)?.[1]);
    expect(age).toBeLessThan((result.milliseconds + 60_000) / 1000);
    expect(age).toBeGreaterThan(-2);
  }
});

test('several VMs at once come to the same result, in the order of the plan', async () => {
  const { result } = await draws('--jobs', '2', '--shuffle', '7');
  const names = result.programs.map((p) => p.name);
  expect(names).toEqual([...names].sort());
  expect(result.programs.map((p) => p.outcome)).toEqual(Array(20).fill('pass'));
  expect(new Set(result.programs.map((p) => p.boot)).size).toBe(2);
});

test('a fork that does not reseed is not used: it boots, and says so', async () => {
  // As if there were no vmgenid: its driver never starts.
  const blind = ['--append', 'initcall_blacklist=vmgenid_plaform_driver_init', '--tests', 'smoke'];
  await bootTest(...blind);
  const { code, stderr } = await bootTest(...blind);
  expect(stderr).toContain('booting instead: the kernel did not reseed its random state');
  expect(stderr).toMatch(/\+ boot .*: (?:tcg|kvm), SSH/);
  expect(code).toBe(0);
});

test('a saved state that was cut is not used either', async () => {
  const home = join(cacheDirectory(process.env), 'snapshots');
  await bootTest('--tests', 'smoke');
  for (const name of await readdir(home)) await truncate(join(home, name, 'state'), 1_000_000);
  const { code, stderr } = await bootTest('--tests', 'smoke');
  expect(stderr).toMatch(/booting instead: .*saved state/);
  expect(code).toBe(0);
});
