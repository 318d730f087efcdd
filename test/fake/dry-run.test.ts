// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const C = (value: string): string => `// SPDX-License-Identifier: GPL-2.0-only\nint ${value};\n`;

/** Runs on the fake tree, and what they leave. */
const runs = async (fake: Fake) => {
  const series = await fake.series([
    { 'kernel/first.c': C('first') },
    { 'kernel/two.c': C('two') },
  ]);
  const args = [...fake.args, '--series-dir', series];
  const run = (...more: readonly string[]) => kbt([...args, ...more], fake.env);
  const other = (command: string, ...more: readonly string[]) =>
    kbt([command, ...args.slice(1), ...more], fake.env);
  const cache = fake.env['KBT_CACHE'] ?? '';
  const made = async (): Promise<readonly string[]> => {
    const names = await Promise.all(
      ['kernels', 'programs', 'images', 'trees', 'snapshots'].map((kind) =>
        readdir(join(cache, kind)).catch(() => []),
      ),
    );
    return names.flat().filter((name) => !name.startsWith('.'));
  };
  return { series, run, other, made };
};

test('a dry run says what is there and what would be made, makes nothing, and is right', async ({
  fake,
}) => {
  const { series, run, made } = await runs(fake);
  const first = await run('--dry-run');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toMatch(/^tree .* 2 patches, which apply$/m);
  expect(first.stdout).toMatch(/^kernel +\? +to build: not built before$/m);
  expect(first.stdout).toMatch(/^programs +\? +1 of 1 to compile$/m);
  expect(first.stdout).toMatch(/^boot +\? +from the beginning$/m);
  expect(await made()).toEqual([]);
  expect(existsSync(fake.env['KBT_RESULTS'] ?? '')).toBe(false);

  await run();
  const there = await made();
  const second = await run('--dry-run');
  expect(second.stdout).toMatch(/^kernel +[\d.]+ s +there \([0-9a-f]{12}\)$/m);
  expect(second.stdout).toMatch(/^programs .* there$/m);
  expect(second.stdout).toMatch(/^it takes some [\d.]+ s/m);
  await writeFile(join(series, 'config'), 'CONFIG_ABSENT=y\n');
  const third = await run('--dry-run');
  expect(third.stdout).toMatch(
    /^kernel +[\d.]+ s +to build: a patch or an option changed, some \d+ of/m,
  );
  expect(await made()).toEqual(there);
});

test('a dry run ends as the run would on what is wrong, and takes no file for a result', async ({
  fake,
}) => {
  const { series, run, made } = await runs(fake);
  const refused = async (args: readonly string[], code: number, what: string): Promise<void> => {
    const ended = await run('--dry-run', ...args);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(what)]);
  };
  await refused(['--json', 'x.json'], 64, '--json could take');
  await refused(['--tests', 'qiuet'], 64, 'no program is called so');
  await refused(['--variant', 'kasn'], 64, 'there is no variant kasn');
  await writeFile(join(series, 'config'), '# CONFIG_MISSPELT is not set\n');
  await refused(['--source', join(fake.directory, 'gone')], 3, 'there is no');
  await refused([], 2, 'no Kconfig of this source has CONFIG_MISSPELT');
  await writeFile(join(series, 'kunit'), 'nobodys\n');
  await writeFile(join(series, 'config'), '');
  await refused([], 2, 'no KUnit suite of this source is called nobodys');
  await writeFile(
    join(series, '0002-edit-2.patch'),
    'Subject: x\n\n--- a/kernel/two.c\n+++ b/kernel/two.c\n@@ -1 +1 @@\n-gone\n+here\n',
  );
  await refused([], 2, 'does not apply');
  expect(await made()).toEqual([]);
});

test('walks say which of their kernels are there', async ({ fake }) => {
  const { series, run, other, made } = await runs(fake);
  await run('--patches', '1');
  const there = await made();
  const verify = await other('verify-series', '--dry-run');
  expect(verify.stdout.split('\n').at(-1), verify.stderr).toMatch(/^3 kernels, \d of them there/);
  const bisect = await other('bisect', '--dry-run', '--test', 'quiet');
  expect(bisect.stdout.split('\n')[0], bisect.stderr).toBe(
    'patches 1 to 2 of series: both ends, at most 1 state between them, the bad end without the culprit',
  );
  const unknown = await other('bisect', '--dry-run', '--test', 'qiuet');
  expect([unknown.code, unknown.stderr]).toEqual([64, expect.stringContaining('qiuet')]);
  const project = join(fake.directory, 'project');
  await cp(series, join(project, 'kernel-patches', 'mine'), { recursive: true });
  const matrix = ['matrix', 'plain', 'cpus-1', '--dry-run', '--source', fake.tree];
  const cells = await kbt([...matrix, '--accel', 'tcg'], fake.env, project);
  const [plain = '', one = ''] = cells.stdout.split('\n');
  expect([plain, one], cells.stderr).toEqual(
    ['plain', 'cpus-1'].map((row): unknown =>
      expect.stringMatching(new RegExp(`^mine/${row} .*to build`)),
    ),
  );
  expect(await made()).toEqual(there);
});
