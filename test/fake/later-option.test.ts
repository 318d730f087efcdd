// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

test('an option that a later patch lets through is no error before it; without that patch it is', async ({
  fake,
}) => {
  const kconfig = await readFile(join(fake.tree, 'Kconfig'), 'utf8');
  const series = await fake.series(
    [
      { 'kernel/first.c': '// SPDX-License-Identifier: GPL-2.0-only\nint first;\n' },
      { Kconfig: kconfig.replace('\tdepends on ABSENT\n', '') },
    ],
    'CONFIG_NEEDY=y\n',
  );
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await kbt([...fake.args, '--series-dir', series, ...args], fake.env);
    return { code, stderr };
  };
  // Built: the fake kernel boots into a panic.
  const first = await run('--patches', '1');
  expect(first.code, first.stderr).toBe(1);
  expect(first.stderr).toContain('CONFIG_NEEDY is n, not y; a later patch');
  const whole = await run();
  expect(whole.code, whole.stderr).toBe(1);
  await writeFile(join(series, 'series'), '0001-edit-1.patch\n');
  const alone = await run();
  expect([alone.code, alone.stderr]).toEqual([
    2,
    expect.stringMatching(/CONFIG_NEEDY is n, not y[^]*ABSENT/),
  ]);
});
