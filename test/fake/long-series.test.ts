// SPDX-License-Identifier: MIT
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { kbt } from '../support/kbt.ts';
import { test } from '../support/fake.ts';
import { readTold } from '../support/told.ts';

/** A file of its own for each patch. */
const edits = (count: number, marked: number) =>
  Array.from({ length: count }, (_, index) => {
    const mark = index + 1 === marked ? '\tstatic char *volatile mark = "PLANTED";\n\n' : '';
    const body = `${mark}\treturn ${mark === '' ? index : '*mark'};\n`;
    return { [`kernel/f${index}.c`]: `int f${index}(void);\n\nint f${index}(void)\n{\n${body}}\n` };
  });

test('a search over 16 patches builds seven kernels: both ends, four between, and the cure', async ({
  fake,
}) => {
  const series = await fake.series(edits(16, 11));
  const json = join(fake.directory, 'bisect.json');
  const { code, stderr } = await kbt(
    ['bisect', '--source', fake.tree, '--series-dir', series, '--json', json].concat(
      ...['--run', '! grep -q PLANTED "$KBT_VMLINUX"'],
    ),
    fake.env,
  );
  expect(code, stderr).toBe(0);
  const found = (await readTold(json)) as Bisected;
  expect(found).toMatchObject({ suspects: ['0011-edit-11.patch'], cure: { verdict: 'cured' } });
  const built = await readdir(join(fake.env['KBT_CACHE'] ?? '', 'kernels'));
  expect(built.filter((name) => !name.startsWith('.')).length).toBeLessThanOrEqual(4 + 3);
});
