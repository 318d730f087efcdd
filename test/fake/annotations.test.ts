// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFileDiff } from '../../harness/series/files/generated.ts';
import { RUN } from '../support/hostile-run.ts';
import { kbt } from '../support/kbt.ts';

const SOURCE = Array.from({ length: 9 }, (_, n) => `int line_${n + 1};\n`).join('');

test.for([
  ['kernel-patches/s', undefined],
  ['drivers/patches/s', 'drivers/patches/s'],
] as const)('a kernel report is annotated in %s', async ([home, directory]) => {
  const project = await mkdtemp(join(tmpdir(), 'kbt-report-'));
  try {
    await mkdir(join(project, home), { recursive: true });
    await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
    const patch = newFileDiff('kernel/f.c', Buffer.from(SOURCE));
    await writeFile(join(project, home, '0001-f.patch'), patch);
    const series = [{ name: 's', patches: ['0001-f.patch'], ...(directory ? { directory } : {}) }];
    await writeFile(join(project, 'result.json'), JSON.stringify({ ...RUN, series }));
    const wanted = join(project, 'annotations');
    const { code, stderr } = await kbt(
      ['report', 'result.json', '--annotations', wanted],
      {},
      project,
    );
    expect(code, stderr).toBe(0);
    const at = patch.split('\n').indexOf('+int line_7;') + 1;
    expect(await readFile(wanted, 'utf8')).toContain(`file=${home}/0001-f.patch,line=${at}`);
  } finally {
    await rm(project, { recursive: true, force: true });
  }
});
