// SPDX-License-Identifier: MIT
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootTest } from '../support/faults.ts';
import { ROOT } from '../support/kbt.ts';

const MODULES = {
  greeter: 'boot/modules/greeter',
  hoards: 'faults/modules/hoards',
  leaks: 'faults/modules/leaks',
};

let programs: string;
beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'kbt-leaks-'));
  for (const name of Object.keys(MODULES)) {
    const file = join(programs, `load_${name}`);
    const print = 'echo TAP version 13; echo 1..1; echo ok 1';
    await writeFile(file, `#!/bin/sh\n# kbt: module=${name}\n${print}\n`);
    await chmod(file, 0o755);
  }
});
afterAll(() => rm(programs, { recursive: true, force: true }));

test('what modules leak is found, whether the kernel still reaches it or not, and a clean one passes', async () => {
  const { result, stderr } = await bootTest(
    ...['--series', 'none', '--variant', 'faultinject', '--tests', 'load_*'],
    ...['--test-dir', programs],
    ...Object.values(MODULES).flatMap((path) => ['--module-dir', join(ROOT, 'test', path)]),
  );
  const told = result.programs.map(({ outcome, why = '', leaks }) => [outcome, why, leaks]);
  const objects = /^100 loads leave \d+ objects of /;
  expect(told, stderr).toEqual([
    ['pass', '', expect.stringContaining('in 100 loads')],
    ['fail', expect.stringMatching(objects), expect.stringContaining('proc_dir_entry')],
    [
      'kernel-report',
      expect.stringContaining('kmemleak: '),
      expect.stringMatching(/ objects of kmalloc-64/),
    ],
  ]);
});
