// SPDX-License-Identifier: MIT
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

const IDENTITY = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];

test('a series begins as files, grows in a checkout, and is tested once it has a patch', async ({
  fake,
}) => {
  const project = join(fake.directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  const series = (...args: readonly string[]) => kbt(['series', ...args], fake.env, project);
  const none = await series('list');
  expect([none.code, none.stderr]).toEqual([64, expect.stringContaining('kbt series new NAME')]);

  const made = await series('new', 'my-calls');
  expect([made.code, made.stdout.split('\n').slice(0, 4)], made.stderr).toEqual([
    0,
    [
      'kernel-patches/my-calls/series',
      'kernel-patches/my-calls/config',
      'kernel-patches/my-calls/README.md',
      'guest/programs/my-calls/my_calls.c',
    ],
  ]);
  const again = await series('new', 'my-calls');
  expect([again.code, again.stderr]).toEqual([64, expect.stringContaining('is there already')]);
  const outside = await series('new', '../out');
  expect([outside.code, outside.stderr]).toEqual([64, expect.stringContaining('no name of a')]);

  const run = [...fake.args, '--series', 'my-calls'];
  const empty = await kbt(run, fake.env, project);
  expect([empty.code, empty.stderr]).toEqual([
    2,
    expect.stringMatching(/my-calls is empty[^]*kbt series checkout my-calls/),
  ]);
  const source = ['--source', fake.tree];
  const laid = await series('checkout', 'my-calls', ...source);
  expect([laid.code, laid.stdout], laid.stderr).toEqual([
    0,
    'linux-my-calls: branch my-calls, 0 commits above kbt-base',
  ]);
  const tree = join(project, 'linux-my-calls');
  const text = '// SPDX-License-Identifier: GPL-2.0-only\nint new_call;\n';
  await writeFile(join(tree, 'kernel', 'new.c'), text);
  await execa('git', ['add', '-A'], { cwd: tree });
  await execa('git', [...IDENTITY, 'commit', '-qm', 'kernel: Add a call'], { cwd: tree });
  const exported = await series('export', 'my-calls', ...source);
  expect([exported.code, exported.stdout], exported.stderr).toEqual([
    0,
    '+ 0001-kernel-Add-a-call.patch\n+ series\n0 unchanged',
  ]);
  const list = await readFile(join(project, 'kernel-patches/my-calls/series'), 'utf8');
  expect(list).toMatch(/^# SPDX[^\n]*\n0001-kernel-Add-a-call\.patch\n$/);
  const shown = await series('show', 'my-calls');
  expect(shown.stdout.split('\n')).toEqual([
    'my-calls',
    'my-calls',
    '',
    '   1  kernel: Add a call',
    '',
    'programs: my_calls',
    '',
    `checkout: ${tree}`,
  ]);
  expect((await series('list')).stdout.split('\n')[1]).toMatch(/^my-calls +1 +1 +0 +my-calls$/);
  // The fake kernel boots into a panic: what counts is that it was built of the patch.
  const built = await kbt(run, fake.env, project);
  expect([built.code, built.stderr]).toEqual([1, expect.stringContaining('1 patch applied')]);
});

test('regenerate writes the copies of all series, not of the first alone', async ({ fake }) => {
  const project = join(fake.directory, 'project');
  await mkdir(join(project, 'guest'), { recursive: true });
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  const diff = (file: string, text: string) =>
    `diff --git a/${file} b/${file}\nnew file mode 100644\n--- /dev/null\n+++ b/${file}\n@@ -0,0 +1 @@\n+${text}\n`;
  for (const name of ['first', 'second']) {
    const home = join(project, 'kernel-patches', name);
    await mkdir(home, { recursive: true });
    await writeFile(
      join(home, '0001.patch'),
      `From: T <t@example.com>\nSubject: [PATCH] x\n\nWhy.\n---\n${diff('tools/x/Makefile', 'all:')}${diff('tools/x/a.c', name)}`,
    );
    await writeFile(join(home, 'generated'), 'tools/x guest/a.c\n');
  }
  await writeFile(join(project, 'guest', 'a.c'), 'third\n');
  const regenerate = (...args: string[]) => kbt(['regenerate', ...args], fake.env, project);
  const stale = await regenerate('--check');
  expect([stale.code, stale.stdout], stale.stderr).toEqual([
    1,
    '0001.patch: tools/x/a.c\n0001.patch: tools/x/a.c',
  ]);
  expect((await regenerate()).code).toBe(0);
  const second = join(project, 'kernel-patches', 'second', '0001.patch');
  expect(await readFile(second, 'utf8')).toContain('\n+third\n');
  expect((await regenerate('--check')).code).toBe(0);
});
