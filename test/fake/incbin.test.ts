// SPDX-License-Identifier: MIT
import { cp, readdir, readFile } from 'node:fs/promises';
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
