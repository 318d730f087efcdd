// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

const UNUSED = 'int one(void);\n\nint one(void)\n{\n\tint unused;\n\treturn 3;\n}\n';

test('trees share the files in which they do not differ, and no tree changes another', async ({
  fake,
}) => {
  const trees = join(fake.env['KBT_CACHE'] ?? '', 'trees');
  const directories = async () =>
    (await readdir(trees).catch(() => [])).map((name) => join(trees, name));
  const series = await fake.series([
    { 'kernel/two.c': 'int two_edited;\n' },
    { 'kernel/one.c': UNUSED },
  ]);
  /** Runs the first patches under the name of another series; gives its tree. */
  const run = async (name: string, count: number) => {
    const before = await directories();
    const copy = join(fake.directory, 'copies', name);
    await cp(series, copy, { recursive: true, force: true });
    const args = ['--series-dir', copy, '--patches', String(count)];
    const ran = await kbt([...fake.args, ...args], fake.env);
    const made = (await directories()).filter((home) => !before.includes(home));
    return { ...ran, home: made.find((home) => !home.includes('template-')) ?? '' };
  };
  const look = (home: string, name: string) => stat(join(home, 'linux', 'kernel', name));

  const { home: bare } = await run('bare', 0);
  const { home: first } = await run('first', 1);
  expect((await look(bare, 'one.c')).ino).toBe((await look(first, 'one.c')).ino);
  expect((await look(bare, 'two.c')).ino).not.toBe((await look(first, 'two.c')).ino);

  // A file that warned gets a new time before each make, in its own tree alone.
  const before = await look(bare, 'two.c');
  const both = await run('both', 2);
  const again = await run('both', 2);
  for (const { code, stderr } of [both, again])
    expect([code, stderr]).toEqual([2, expect.stringContaining("unused variable 'unused'")]);
  expect((await look(bare, 'two.c')).mtimeMs).toBe(before.mtimeMs);

  // What somebody writes into a file that trees share is built in none of them.
  const kernels = join(fake.env['KBT_CACHE'] ?? '', 'kernels');
  await writeFile(join(first, 'linux', 'kernel', 'one.c'), 'not C');
  for (const name of ['bare', 'first', 'further']) {
    await rm(kernels, { recursive: true, force: true });
    expect((await run(name, 1)).code).toBe(1);
  }

  // Half a template is none.
  const template = (await directories()).find((home) => home.includes('template-')) ?? '';
  await rm(join(template, 'whole'));
  await rm(join(template, 'linux', 'kernel'), { recursive: true });
  await rm(kernels, { recursive: true });
  const { code, home } = await run('last', 1);
  expect([code, (await look(home, 'one.c')).nlink]).toEqual([1, 2]);
});

test.for([
  ['as they are', undefined],
  ['not where somebody changed one', 'not C'],
] as const)('the files that a tarball held become the template: %s', async ([, edit], { fake }) => {
  // git compresses what a kernel has most of by itself.
  await mkdir(join(fake.tree, 'drivers', 'gpu'), { recursive: true });
  await writeFile(join(fake.tree, 'drivers', 'gpu', 'Makefile'), '# empty\n');
  const tarball = join(fake.directory, 'linux.tar.xz');
  await execa('tar', ['-cJf', tarball, '-C', fake.directory, 'linux']);
  const edits = ['int two_edited;\n', 'int two_again;\n'];
  const series = await fake.series(edits.map((text) => ({ 'kernel/two.c': text })));
  const broken = join(fake.directory, 'broken');
  await cp(series, broken, { recursive: true });
  await writeFile(join(broken, 'series'), '0002-edit-2.patch\n');
  const given = ['--source', tarball, '--series-dir'];
  const args = [...fake.args.filter((arg) => arg !== '--source' && arg !== fake.tree), ...given];
  const cache = fake.env['KBT_CACHE'] ?? '';
  // The source is imported; then a patch is refused, and nothing is laid out.
  expect((await kbt([...args, broken], fake.env)).code).toBe(2);
  const [digest = ''] = (await readdir(join(cache, 'source'))).filter((name) => name !== 'lock');
  const unpacked = join(cache, 'source', digest, 'linux');
  const made = await stat(join(unpacked, 'kernel', 'one.c'));
  if (edit !== undefined) await writeFile(join(unpacked, 'kernel', 'one.c'), edit);
  const ran = await kbt([...args, series], fake.env);
  expect(ran.code, ran.stderr).toBe(1);
  expect(existsSync(unpacked)).toBe(false);
  const trees = await readdir(join(cache, 'trees'));
  const name = trees.find((home) => home.startsWith('template-')) ?? '';
  const one = await stat(join(cache, 'trees', name, 'linux', 'kernel', 'one.c'));
  expect([one.ino === made.ino, one.nlink]).toEqual([edit === undefined, 2]);
});
