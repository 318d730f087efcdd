// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLtp } from '../../../harness/guest/ltp.ts';
import { DEFAULTS, layered } from '../../../harness/run/spec.ts';
import { ltpPrograms } from '../../../harness/run/tests/ltp.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kbt-ltp-'));
  const suites = join(root, 'opt', 'ltp', 'runtest');
  await mkdir(suites, { recursive: true });
  await writeFile(
    join(suites, 'syscalls'),
    '#DESCRIPTION: calls\nabort01 abort01\n\ncreat07 creat07 -F $LTPROOT/x\n# fork01 fork01\n',
  );
  await writeFile(join(suites, 'fs'), 'gf01 growfiles -W gf01 | cat\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('a line of a suite is a program, in the root and with what LTP has around it', async () => {
  const spec = layered(DEFAULTS, {
    machine: { rootfs: root },
    tests: { ltp: ['fs', 'syscalls', 'syscalls:abort01'], timeout: 60 },
  });
  const read = await ltpPrograms(spec);
  const programs = read.ok ? read.value : [];
  expect(programs.map(({ name, needs }) => [name, needs.rootfs, needs.timeout])).toEqual([
    ['ltp.fs.gf01', true, 60],
    ['ltp.syscalls.abort01', true, 60],
    ['ltp.syscalls.creat07', true, 60],
  ]);
  const [, , creat] = programs;
  expect(creat?.selftest?.script).toContain('LTPROOT=/opt/ltp PATH="$PATH:/opt/ltp/testcases/bin"');
  expect(creat?.selftest?.script).toContain('\ncreat07 -F $LTPROOT/x\n');
});

test.each([
  ['fs:gf02', 'the suite fs has no test gf02'],
  ['mm', 'there is no suite mm'],
  ['fs:', 'the suite fs has no test'],
  ['../fs', 'there is no suite ../fs'],
])('%s is refused: %s', async (word, what) => {
  const read = await readLtp(root, [word]);
  expect(read).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  expect(!read.ok && read.failure.what).toBe(`--ltp: ${what}`);
});

test.each([
  ['a a\nb b\na c\n', 3, 'two tests are called a'],
  ['a a\nb\n', 2, 'a line has no command'],
])('a suite that holds %j is refused at line %i', async (text, line, what) => {
  const file = join(root, 'opt', 'ltp', 'runtest', 'odd');
  await writeFile(file, text);
  const read = await readLtp(root, ['odd']);
  expect(!read.ok && [read.failure.what, read.failure.where]).toEqual([
    `--ltp: ${what}`,
    `${file}:${line}`,
  ]);
});

test('a root without LTP is told', async () => {
  const read = await readLtp(join(root, 'opt'), ['fs']);
  expect(!read.ok && read.failure.what).toContain('there is no LTP in /opt/ltp of --rootfs');
});
