// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

test('a package whose kernel does not come up is not handed out', async ({ fake }) => {
  const series = await fake.series([{ 'kernel/two.c': 'int two;\n' }]);
  const args = ['package', '--source', fake.tree, '--series-dir', series];
  const { code, stdout, stderr } = await kbt(args, fake.env);
  expect(stderr).toContain('linux-image-6.12.117-series_1_amd64.deb');
  expect(stderr).toContain('the kernel panicked at boot');
  expect(stderr).toContain('no package is handed out');
  expect(stdout).toMatch(/^not ok 1 - smoke$/m);
  expect(code).toBe(1);
  const results = fake.env['KBT_RESULTS'] ?? '';
  const files = await Promise.all(
    (await readdir(results)).map((name) => readdir(join(results, name))),
  );
  expect(files).toEqual([expect.arrayContaining(['console-1.log'])]);
  expect(files.flat()).not.toContain('packages');
});

test('a .config that is none, or is not there, is refused before any work', async ({ fake }) => {
  const config = join(fake.tree, 'Makefile');
  for (const file of [config, join(fake.directory, 'gone')]) {
    const args = ['package', '--source', fake.tree, '--config', file];
    const { code, stderr } = await kbt(args, fake.env);
    expect(stderr).toContain('kbt: --config: ');
    expect(code).toBe(64);
  }
});
