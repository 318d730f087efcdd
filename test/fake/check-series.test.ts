// SPDX-License-Identifier: MIT
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SeriesChecks } from '../../harness/check/checks.ts';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';
import { parseTap } from '../support/tap.ts';
import { readTold } from '../support/told.ts';

const C = (body: string) => `// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\n${body}\n`;

const check = async (fake: Fake, series: string) => {
  const json = join(fake.directory, 'checks.json');
  const ran = await kbt(
    ['check-series', '--source', fake.tree, '--series-dir', series, '--json', json],
    fake.env,
  );
  const told = await readTold(json);
  if (told === undefined) throw new Error(`no result:\n${ran.stderr}`);
  const result = told as SeriesChecks;
  const verdicts = result.patches.map(({ checks }) =>
    Object.fromEntries(checks.map((c) => [c.name, c.verdict])),
  );
  return { ...ran, result, verdicts };
};

const detail = (result: SeriesChecks, patch: number, name: string) =>
  result.patches[patch]?.checks.find((c) => c.name === name)?.detail?.join('\n') ?? '';

test('each planted fault is found at its own patch, by its own check, and at no other', async ({
  fake,
}) => {
  const one = 'int one(void)\n{\n\treturn 1;\n}';
  const series = await fake.series([
    { 'kernel/one.c': C(`${one} `) },
    { 'kernel/three.c': C('int three;') },
    { 'kernel/one.c': C('int one(void)\n{\n\treturn 1;\n}\n\nint four(int a)\n{\n\treturn 4;\n}') },
    { 'kernel/two.c': C('int two; /* NOT_SPARSE_CLEAN */') },
    { 'kernel/two.c': C('int two(void)\n{\n\tint unused;\n\n\treturn 2;\n}') },
  ]);
  const { code, stdout, stderr, result, verdicts } = await check(fake, series);
  expect(code).toBe(1);
  expect(verdicts.map((v) => Object.keys(v).filter((name) => v[name] === 'fail'))).toEqual([
    // The fake guest panics, so the first kernel of any bytes does not boot.
    ['checkpatch', 'boots'],
    ['maintainers', 'boots'],
    ['W=1', 'boots'],
    ['sparse', 'boots'],
    ['W=1', 'builds'],
  ]);
  expect(detail(result, 0, 'checkpatch')).toContain('TRAILING_WHITESPACE');
  expect(detail(result, 0, 'boots')).toContain('the kernel panicked at boot');
  expect(detail(result, 1, 'maintainers')).toContain('kernel/three.c');
  expect(detail(result, 2, 'W=1')).toMatch(/kernel\/one\.c:\d+: unused parameter 'a'/);
  expect(detail(result, 3, 'sparse')).toContain('kernel/two.c:4: planted for sparse');
  expect(detail(result, 4, 'builds')).toContain("unused variable 'unused'");
  const { points, faults } = parseTap(stdout);
  expect(faults).toEqual([]);
  expect(points.every((p) => !p.ok)).toBe(true);
  expect(stderr).toMatch(/^0003-edit-3\.patch +ok +ok +ok +FAIL +ok +ok +FAIL$/m);
});

test('programs below tools/ are compiled against the headers of the patched kernel', async ({
  fake,
}) => {
  const main = (text: string) => ({
    'tools/say/Makefile': '# SPDX-License-Identifier: GPL-2.0-only\n',
    'tools/say/main.c': `// SPDX-License-Identifier: GPL-2.0-only\n#include <linux/fake.h>\n${text}\n`,
  });
  const series = await fake.series([main('int main(void) { return FAKE - 1; }')]);
  const tools = async () => {
    const { result } = await check(fake, series);
    return result.whole.find(({ name }) => name === 'tools build');
  };
  expect(await tools()).toMatchObject({ verdict: 'pass' });
  // Where a directory of before is as well.
  expect(await tools()).toMatchObject({ verdict: 'pass' });
});

test('a patch that does not apply leaves what comes after it not-run', async ({ fake }) => {
  const series = await fake.series([
    { 'kernel/one.c': C('int one(void)\n{\n\treturn 11;\n}') },
    { 'kernel/two.c': C('int two;') },
  ]);
  await writeFile(join(fake.tree, 'kernel/one.c'), C('int one(void)\n{\n\treturn 7;\n}'));
  const { code, result, verdicts } = await check(fake, series);
  expect(verdicts[0]).toMatchObject({ applies: 'fail', builds: 'not-run' });
  expect(detail(result, 0, 'applies')).toContain('patch failed: kernel/one.c');
  expect(new Set(Object.values(verdicts[1] ?? {}))).toEqual(new Set(['not-run']));
  expect(new Set(result.whole.map((c) => c.verdict))).toEqual(new Set(['not-run']));
  expect(code).toBe(1);
});

test('a system call number that is taken, and code that is not switched off, are found', async ({
  fake,
}) => {
  const table = 'arch/x86/entry/syscalls/syscall_64.tbl';
  const before = await readFile(join(fake.tree, table), 'utf8');
  const series = await fake.series([
    {
      [table]: `${before}59\t64\tnew_call\t\tsys_new_call\n`,
      'kernel/one.c': C('int one(void)\n{\n\treturn 12345;\n}'),
    },
  ]);
  const { result } = await check(fake, series);
  const whole = (name: string) => result.whole.find((c) => c.name === name);
  expect(whole('system call numbers')?.detail).toEqual(["59 new_call: the number is execve's"]);
  const off = whole('switched off, same code');
  expect(off?.detail).toEqual([
    expect.stringMatching(/^kernel\/one\.o: one: mov .* -> mov \$0x3039,%eax$/),
  ]);
});
