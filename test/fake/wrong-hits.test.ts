// SPDX-License-Identifier: MIT
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';

const ASM = 'asm(".section .rodata\\n.incbin \\"kernel/data.txt\\"\\n");\n';

test.for([
  ['the file itself', { 'kernel/one.c': ASM }],
  [
    'a file that it includes',
    { 'kernel/one.c': '#include "../include/linux/blob.c"\n', 'include/linux/blob.c': ASM },
  ],
  ['a header', { 'kernel/one.c': '#include <linux/blob.h>\n', 'include/linux/blob.h': ASM }],
] as const)(
  'ccache gives no object of other data where %s says .incbin',
  async ([, files], { fake }) => {
    const series = await fake.series([
      { ...files, 'kernel/data.txt': 'the data before\n' },
      { 'kernel/data.txt': 'the data after\n' },
    ]);
    // In another directory only ccache can have the object of the first patch.
    const other = join(fake.directory, 'more', 'other');
    await cp(series, other, { recursive: true });
    const run = (directory: string, ...more: readonly string[]) =>
      kbt([...fake.args, '--series-dir', directory, ...more], fake.env);
    expect((await run(series, '--patches', '1')).code).toBe(1);
    expect((await run(other)).code).toBe(1);
    const kernels = join(fake.env['KBT_CACHE'] ?? '', 'kernels');
    const images = await Promise.all(
      (await readdir(kernels)).map((name) => readFile(join(kernels, name, 'vmlinux'), 'latin1')),
    );
    const holding = (text: string) => images.filter((image) => image.includes(text)).length;
    expect([holding('the data before'), holding('the data after')]).toEqual([1, 1]);
  },
);

test('a program of the host is compiled anew when a header of the system changed', async ({
  fake,
}) => {
  await writeFile(join(fake.tree, 'scripts', 'tool.c'), '#include <says.h>\n');
  const says = (text: string) =>
    writeFile(join(fake.directory, 'says.h'), `char says[] = "${text}";\n`);
  const series = await fake.series([{ 'kernel/one.c': 'int one;\n' }]);
  const env = { ...fake.env, CCACHE_FAKE_SYSTEM: fake.directory };
  const cache = fake.env['KBT_CACHE'] ?? '';
  const build = async (text: string): Promise<string> => {
    await says(text);
    // What make and the store have is gone: only ccache knows of the program.
    for (const kind of ['kernels', 'trees'])
      await rm(join(cache, kind), { recursive: true, force: true });
    const ran = await kbt([...fake.args, '--series-dir', series], env);
    expect(ran.code, ran.stderr).toBe(1);
    const [name = ''] = await readdir(join(cache, 'kernels'));
    return readFile(join(cache, 'kernels', name, 'vmlinux'), 'latin1');
  };
  expect(await build('what it said before')).toContain('what it said before');
  expect(await build('what it says now')).toContain('what it says now');
});
