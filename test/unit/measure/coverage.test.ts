// SPDX-License-Identifier: MIT
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whyUncounted } from '../../../harness/kernel/make/gcov.ts';
import type { Kernel } from '../../../harness/kernel/kernel.ts';
import { filesToCount } from '../../../harness/measure/coverage/counted-files.ts';
import { between, larger, plus } from '../../../harness/measure/coverage/counts.ts';
import { gcdaOf } from '../../../harness/measure/coverage/gcda.ts';
import type { FileRuns } from '../../../harness/measure/coverage/gcov.ts';
import { readGcovInfo, type Counts } from '../../../harness/measure/coverage/gcov-info.ts';
import { join as joined, type JoinOptions } from '../../../harness/measure/coverage/join.ts';
import { renderCoverageHtml } from '../../../harness/report/series/coverage-html.ts';
import {
  isCovered,
  renderCoverage,
  renderCoverageTap,
} from '../../../harness/report/series/coverage.ts';
import { renderLcov } from '../../../harness/report/series/lcov.ts';

const FROM = 0xffff_ffff_8100_0000n;
const at = (offset: number): bigint => FROM + BigInt(offset);

/** A kernel's memory with one object of one function with two counters, as GCC 12 lays it out. */
const memory = (): Buffer => {
  const data = Buffer.alloc(0x400);
  const u64 = (offset: number, value: bigint): unknown => data.writeBigUInt64LE(value, offset);
  u64(0x0, at(0x10));
  data.writeUInt32LE(0x42313252, 0x10);
  u64(0x18, 0n);
  data.writeUInt32LE(77, 0x20);
  u64(0x28, at(0x200));
  // Only the first kind is in use.
  u64(0x30, 0xffff_ffff_8100_0001n);
  data.writeUInt32LE(1, 0x30 + 64);
  u64(0x30 + 72, at(0x180));
  u64(0x180, at(0x240));
  data.write('/b/kernel/a.gcda\0', 0x200);
  u64(0x240, at(0x10));
  data.writeUInt32LE(5, 0x248);
  data.writeUInt32LE(6, 0x24c);
  data.writeUInt32LE(7, 0x250);
  data.writeUInt32LE(2, 0x258);
  u64(0x260, at(0x300));
  u64(0x300, 3n);
  u64(0x308, 0x1_0000_0002n);
  return data;
};

test('counters are found in a kernel’s memory as the kernel itself walks them', () => {
  const data = memory();
  const [object, ...more] = readGcovInfo({ from: FROM, data }, at(0), 12) ?? [];
  expect(more).toEqual([]);
  expect(object).toEqual({
    file: '/b/kernel/a.gcda',
    version: 0x42313252,
    stamp: 77,
    functions: [
      {
        ident: 5,
        linesChecksum: 6,
        cfgChecksum: 7,
        counters: [{ kind: 0, values: [3n, 0x1_0000_0002n] }],
      },
    ],
  });
  if (!object) return;
  const words = new Uint32Array(new Uint8Array(gcdaOf(object, 12)).buffer);
  expect([...words]).toEqual(
    [0x67636461, 0x42313252, 77, 0, 0x01000000, 12, 5, 6, 7, 0x01a10000, 16, 3, 0, 2, 1].map(
      Number,
    ),
  );
});

test('memory that a guest has damaged gives no counts, and ends', () => {
  const loop = memory();
  loop.writeBigUInt64LE(at(0x10), 0x18);
  expect(readGcovInfo({ from: FROM, data: loop }, at(0), 12)).toBeUndefined();
  const wild = memory();
  wild.writeBigUInt64LE(0x1234n, 0x260);
  expect(readGcovInfo({ from: FROM, data: wild }, at(0), 12)).toBeUndefined();
  const many = memory();
  many.writeUInt32LE(0xffff_ffff, 0x30 + 64);
  expect(readGcovInfo({ from: FROM, data: many }, at(0), 12)).toBeUndefined();
});

test('counts of several looks', () => {
  const counts = (...values: bigint[]): Counts => [
    {
      file: 'a.gcda',
      version: 1,
      stamp: 1,
      functions: [{ ident: 1, linesChecksum: 1, cfgChecksum: 1, counters: [{ kind: 0, values }] }],
    },
  ];
  expect(plus(counts(1n, 2n), counts(3n, 4n))).toEqual(counts(4n, 6n));
  expect(between(counts(1n, 5n), counts(3n, 4n))).toEqual(counts(2n, 0n));
  expect(larger(counts(1n, 5n), counts(3n, 4n))).toEqual(counts(3n, 5n));
  expect(() => plus(counts(1n), counts(1n, 2n))).toThrow('two kernels');
});

const runs = (lines: Record<number, [number, ...number[]]>): FileRuns => ({
  functions: [{ name: 'f', first: 1, last: 5, count: 1 }],
  lines: new Map(
    Object.entries(lines).map(([n, [count, ...branches]]) => [Number(n), { count, branches }]),
  ),
});

const WANTED: JoinOptions = {
  patches: ['s/1', 's/2'],
  // Line 1 is the source's own.
  owners: {
    'kernel/a.c': [
      [2, 3, 's/1'],
      [4, 6, 's/2'],
    ],
  },
  sources: new Map([
    ['kernel/a.c', ['int f(int x)', '{', '\tif (x)', '\t\tg("</pre>");', '\treturn 0;', '}']],
  ]),
  total: new Map([
    ['kernel/a.c', runs({ 1: [2], 3: [2, 0, 2], 4: [0], 5: [2] })],
    ['include/x.h', runs({ 1: [1] })],
  ]),
  boot: new Map([['kernel/a.c', runs({ 3: [1, 0, 1] })]]),
  programs: new Map([
    ['one', new Map([['kernel/a.c', runs({ 3: [1, 0, 1], 5: [1] })]])],
    ['two', new Map([['kernel/a.c', runs({ 3: [0, 0, 0], 4: [0], 5: [0] })]])],
  ]),
};

test('what ran is joined with who added it', () => {
  const found = joined(WANTED);
  expect(found.total).toEqual({ lines: 3, run: 2, branches: 2, taken: 1 });
  expect(found.patches).toEqual([
    { name: 's/1', lines: 1, run: 1, branches: 2, taken: 1 },
    { name: 's/2', lines: 2, run: 1, branches: 0, taken: 0 },
  ]);
  expect(found.functions).toHaveLength(1);
  expect(found.functions[0]?.missed.map(({ line, patch }) => [line, patch])).toEqual([[4, 's/2']]);
  // Line 3 ran at boot as well.
  expect(
    found.programs.map(({ name, lines, only }) => [name, lines, only.map((o) => o.line)]),
  ).toEqual([
    ['one', 2, [5]],
    ['two', 0, []],
  ]);
  expect(found.files.map(({ file }) => file)).toEqual(['kernel/a.c']);
});

test('coverage is told in words, TAP, lcov and HTML', () => {
  const coverage = {
    ...joined(WANTED),
    series: ['s'],
    outcomes: [{ name: 'one', outcome: 'pass' as const }],
    uncounted: [{ file: 'kernel/b.c', why: 'CONFIG_B is not set' }],
    lost: [],
  };
  const words = renderCoverage(coverage);
  expect(words).toMatch(/^s\/2 +2 +1 +50\.0 %/m);
  expect(words).toContain('4: g("</pre>");  (s/2)');
  expect(words).toContain('not counted: kernel/b.c: CONFIG_B is not set');
  expect([isCovered(66)(coverage), isCovered(67)(coverage)]).toEqual([true, false]);
  expect(isCovered(0)({ ...coverage, lost: ['one'] })).toBe(false);
  expect(isCovered(0)({ ...coverage, outcomes: [] })).toBe(false);
  expect(renderCoverageTap(67)(coverage)).toContain(
    'not ok 4 - at least 67 % of the added lines ran',
  );
  expect(renderLcov(coverage)).toContain(
    'BRDA:3,0,0,0\nBRDA:3,0,1,2\nBRF:2\nBRH:1\nDA:1,2\nDA:3,2\nDA:4,0\n',
  );
  const html = renderCoverageHtml(coverage);
  expect(html).toContain('g(&quot;&lt;/pre&gt;&quot;);');
  expect(html).toMatch(/class="not" title="s\/2"><i> +4 /);
});

test('only C files of the kernel are counted, and no tests', () => {
  const files = ['kernel/a.c', 'kernel/a_test.c', 'tools/b.c', 'Documentation/c.rst', 'kernel/a.h'];
  expect(filesToCount(files, ['fs/open.c'])).toEqual({
    ok: true,
    value: ['fs/open.c', 'kernel/a.c'],
  });
  const none = (...touched: string[]) => {
    const found = filesToCount(touched, []);
    return found.ok ? '' : found.failure.detail;
  };
  expect(none('Documentation/c.rst', 'kernel/a_test.c')).toContain('documentation');
  expect(none('arch/x86/a.S')).toContain('assembly');
  expect(none('include/linux/a.h')).toContain('header');
  expect(filesToCount([], ['a.h'])).toMatchObject({ failure: { kind: 'usage' } });
});

test('why a file has no counts is read off its Makefile and the options', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-config-'));
  await writeFile(join(directory, 'config'), 'CONFIG_Y=y\nCONFIG_M=m\n');
  const makefile =
    'obj-$(CONFIG_M) += mod.o \\\n\tmore.o\nobj-$(CONFIG_N) += not.o\nobj-$(CONFIG_Y) += yes.o\n';
  const why = (file: string) => whyUncounted({ directory } as Kernel, file, makefile);
  expect(await why('fs/mod.c')).toBe('it is built as a module: set CONFIG_M=y to count it');
  expect(await why('fs/more.c')).toContain('as a module');
  expect(await why('fs/not.c')).toBe('CONFIG_N is not set');
  expect(await why('fs/yes.c')).toContain('GCOV_PROFILE := n');
  expect(await why('fs/other.c')).toContain('not compiled by itself');
  await rm(directory, { recursive: true });
});
