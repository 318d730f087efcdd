// SPDX-License-Identifier: MIT
import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digest } from '../../../harness/base/fingerprint.ts';
import type { Outcome } from '../../../harness/base/outcome.ts';
import { codeOf, describeDifference } from '../../../harness/check/object-code.ts';
import { newIn } from '../../../harness/kernel/make/diagnostics.ts';
import { verdictOn } from '../../../harness/check/mutants.ts';
import { filesAdded, filesTouched } from '../../../harness/series/patch/contents.ts';
import { symbolsAdded, type Patch } from '../../../harness/series/patch/patch.ts';
import { fragmentsAt } from '../../../harness/series/prefix.ts';
import { collisions, parseTable } from '../../../harness/check/syscall-table.ts';
import { readNeeds } from '../../../harness/kconfig/needs.ts';
import { framesOf } from '../../../harness/kernel-log/frames.ts';
import { findReports } from '../../../harness/kernel-log/reports.ts';
import { readKtap } from '../../../harness/ktap/read.ts';
import type { ProgramResult } from '../../../harness/run/result/program-result.ts';
import { generatedPatches, newFileDiff } from '../../../harness/series/files/generated.ts';
import { parseSuites } from '../../../harness/series/files/suites.ts';
import { readAllSeries, type Series } from '../../../harness/series/series.ts';
import { ROOT } from '../../support/kbt.ts';

const inScratch = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-unit-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

const TABLE = '0\tcommon\tread\t\tsys_read\n520\tx32\texecve\tcompat_sys_execve\n# 7 common x\n';

test.each([
  ['548\t64\tnew\tsys_new\n', []],
  ['0\t64\tnew\tsys_new\n', ["0 new: the number is read's"]],
  ['548\t64\tread\tsys_new\n', ['548 read: the name is that of 0']],
  ['530\t64\tnew\tsys_new\n', ['530 new: 512 to 547 belong to x32']],
  [
    '548\tcommon\tnew\tsys_new\n',
    ['548 new: x32 refuses a common number as high as that; make it 64'],
  ],
])('the system call table with %o', (row, problems) => {
  expect(collisions(parseTable(TABLE), parseTable(TABLE + row))).toEqual(problems);
});

test('a system call that is gone from the table is found', () => {
  const after = TABLE.replace('sys_read', 'sys_write');
  expect(collisions(parseTable(TABLE), parseTable(after))).toContain(
    '0 read was changed or taken away',
  );
});

test('the code of an object changes with its instructions and with what they call', () =>
  inScratch(async (directory) => {
    const { signal } = new AbortController();
    const compile = async (name: string, text: string) => {
      const file = join(directory, name);
      await writeFile(`${file}.c`, text);
      await execa('gcc', ['-c', '-O1', '-o', `${file}.o`, `${file}.c`]);
      const code = await codeOf(`${file}.o`, signal);
      if (!code.ok) throw new Error(code.failure.what);
      return code.value;
    };
    const text = 'int g(void); int f(void) { return g() + 1; } int data = 1;';
    const one = await compile('one', text);
    const difference = async (from: string, to: string) =>
      describeDifference(one, await compile('two', text.replaceAll(from, to)));
    expect(await difference('data = 1', 'data = 2')).toBeUndefined();
    expect(await difference('+ 1', '+ 2')).toMatch(/^f: add \$0x1,%eax -> add \$0x2,%eax$/);
    expect(await difference('g()', 'h()')).toContain('f: call ');
    expect(await difference('int data', 'int k(void) { return 1; } int data')).toBe('k is new');
    expect(await difference('int data = 1', '')).toBeUndefined();
    const odd = await codeOf(join(directory, 'one.c'), signal);
    expect(odd).toMatchObject({ ok: false, failure: { what: 'objdump cannot read it' } });
  }));

test('a warning is new by what it says, not by its line', () => {
  const w = (line: number, text: string) => ({ file: 'a.c', line, text, patch: undefined });
  expect(newIn([w(5, 'x'), w(9, 'x'), w(7, 'y')], [w(1, 'x')])).toEqual([w(9, 'x'), w(7, 'y')]);
});

const patchOf = (name: string, text: string): Patch => ({
  name,
  file: name,
  mail: Buffer.from(text),
  diff: Buffer.from(text),
  line: 1,
  symbols: symbolsAdded(Buffer.from(text)),
  symbolsChanged: [],
  strip: 1,
  digest: digest(text),
  sha256: digest(text),
});
const seriesOf = (...patches: Patch[]): Series => ({
  name: 's',
  directory: 's',
  patches,
  numbered: false,
  notes: [],
  config: undefined,
  suites: [],
});

const ran = (outcome: Outcome, output: string): ProgramResult => ({
  name: 'p',
  outcome,
  milliseconds: 1,
  results: readKtap(output).results,
  reports: [],
  boot: 1,
});

test.each([
  ['its test fails', 'f.t', ran('fail', '1..2\nok 1 f.s\nnot ok 2 f.t\n'), 'pass'],
  ['another test fails', 'f.t', ran('fail', '1..2\nnot ok 1 f.s\nok 2 f.t\n'), 'fail'],
  ['nothing fails', 'f.t', ran('pass', '1..1\nok 1 f.t\n'), 'fail'],
  ['the test is not there', 'f.t', ran('fail', '1..1\nnot ok 1 f.s\n'), 'fail'],
  ['the test is skipped', 'f.t', ran('pass', '1..2\nok 1 f.t # SKIP\nok 2 f.s\n'), 'fail'],
  ['the program hangs before it', 'f.t', ran('timeout', 'ok 1 f.s\n'), 'pass'],
  ['the program hangs after it', 'f.t', ran('timeout', '1..2\nok 1 f.t\n'), 'fail'],
  ['the kernel reports, as it must', '(kernel-report)', ran('kernel-report', ''), 'pass'],
  ['the kernel must report and does not', '(kernel-report)', ran('fail', ''), 'fail'],
  ['the program did not run', 'f.t', ran('not-run', ''), 'not-run'],
  ['there is no result', 'f.t', undefined, 'not-run'],
] as const)('a mutant, when %s', (_, name, result, verdict) => {
  const mutant = { patch: patchOf('m.patch', ''), program: 'p', test: name, variant: undefined };
  expect(verdictOn(mutant, result).verdict).toBe(verdict);
});

test('an option waits for the patch that brings its symbol', () => {
  const series = seriesOf(
    patchOf('0001', '--- a/Kconfig\n+++ b/Kconfig\n+config ONE\n+\tbool\n'),
    patchOf('0002', '--- /dev/null\n+++ b/k/Kconfig\n+menuconfig TWO\n+\tbool\n'),
  );
  const options = ['CONFIG_ONE', 'CONFIG_TWO', 'CONFIG_NET'].map((name) => ({
    name,
    value: 'y',
    where: 'f:1',
  }));
  const at = (count: number) => fragmentsAt(options, [series], count).options.map((o) => o.name);
  expect(at(0)).toEqual(['CONFIG_NET']);
  expect(at(1)).toEqual(['CONFIG_ONE', 'CONFIG_NET']);
  expect(at(2)).toEqual(['CONFIG_ONE', 'CONFIG_TWO', 'CONFIG_NET']);
  expect(series.patches.map(filesAdded)).toEqual([[], ['k/Kconfig']]);
  expect(series.patches.map(filesTouched)).toEqual([['Kconfig'], ['k/Kconfig']]);
});

test('a race between two reports of KCSAN is not lost in the first', () => {
  const rule = '='.repeat(66);
  const report = (symbol: string) => [
    rule,
    `BUG: KCSAN: data-race in ${symbol} / other`,
    '',
    'write to 0xffff888003a1c0e8 of 8 bytes by task 77 on cpu 1:',
    ` ${symbol}+0x12/0x40`,
    ' do_syscall_64+0x5e/0x110',
    'Reported by Kernel Concurrency Sanitizer on:',
    rule,
  ];
  const log = [...report('ring_add.isra.0'), ...report('synos_ring_add')].map(
    (line, i) => `[    1.${String(i).padStart(6, '0')}] ${line}`,
  );
  const reports = findReports(log);
  expect(reports.map((r) => r.kind)).toEqual(['kcsan', 'kcsan']);
  expect(reports.map((r) => framesOf(r.lines)[0])).toMatchObject([
    { symbol: 'ring_add.isra.0', offset: 0x12, reliable: true },
    { symbol: 'synos_ring_add', offset: 0x12, reliable: true },
  ]);
});

test('a variant says what it needs, and of several the most counts', () =>
  inScratch(async (directory) => {
    const write = async (name: string, text: string) => {
      await writeFile(join(directory, name), text);
      return join(directory, name);
    };
    const one = await write('one', '# kbt: memory=1024 slower=4\nCONFIG_A=y\n');
    const two = await write('two', '# a remark\n# kbt: memory=768 slower=6\n');
    expect(await readNeeds([])).toEqual({ ok: true, value: { memoryMiB: undefined, slower: 1 } });
    expect(await readNeeds([one, two])).toEqual({
      ok: true,
      value: { memoryMiB: 1024, slower: 6 },
    });
    const bad = await readNeeds([one, await write('three', '\n# kbt: cpus=4\n')]);
    expect(bad.ok ? '' : bad.failure.where).toBe(`${join(directory, 'three')}:2`);
  }));

test('the suites that a series promises', () => {
  expect(parseSuites('# all\nring # the ring\n\nstate\n', 'kunit')).toEqual({
    ok: true,
    value: [
      { name: 'ring', where: 'kunit:2' },
      { name: 'state', where: 'kunit:4' },
    ],
  });
  const bad = parseSuites('ring\nring; reboot\n', 'kunit');
  expect(bad.ok ? '' : bad.failure.where).toBe('kunit:2');
});

test('a copy in a patch is what git would have written', () =>
  inScratch(async (directory) => {
    const git = (...args: string[]) =>
      execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
        cwd: directory,
      });
    await git('init', '-q');
    for (const text of ['one\n', 'one\ntwo\n', 'no newline']) {
      await writeFile(join(directory, 'a.c'), text);
      await git('add', '-A');
      const { stdout } = await git('diff', '--cached', '--abbrev=12', '--no-prefix');
      const diff = newFileDiff('a.c', Buffer.from(text)).replaceAll(/ [ab]\//g, ' ');
      expect(`${stdout}\n`).toBe(diff);
    }
  }));
test('the tests and tools in the patches of each series are those of guest/', async () => {
  const all = await readAllSeries(ROOT, { named: undefined });
  if (!all.ok) throw new Error(all.failure.what);
  for (const series of all.value) {
    const patches = await generatedPatches(ROOT, series);
    if (!patches.ok) throw new Error(patches.failure.what);
    const stale = patches.value.filter((patch) => patch.stale.length > 0);
    expect(stale.map(({ patch }) => patch.name)).toEqual([]);
    expect(patches.value.length, series.name).toBeGreaterThan(0);
  }
});

test('a copy that differs, is new, or is one too many, is named and mended', () =>
  inScratch(async (root) => {
    await mkdir(join(root, 'guest'));
    await mkdir(join(root, 's'));
    await writeFile(join(root, 'guest', 'a.c'), 'changed\n');
    await writeFile(join(root, 'guest', 'b.c'), 'new\n');
    await writeFile(join(root, 's', 'generated'), 'tools/x guest/*.c\n');
    const added = (name: string, text: string) => newFileDiff(`tools/x/${name}`, Buffer.from(text));
    const text = `Subject: x\n\nWhy.\n---\n\n${added('Makefile', 'all:\n')}${added('a.c', 'a\n')}${added('gone.c', 'x\n')}`;
    const series = { ...seriesOf(patchOf('0001', text)), directory: join(root, 's') };
    const found = await generatedPatches(root, series);
    if (!found.ok) throw new Error(found.failure.what);
    expect(found.value[0]?.stale).toEqual(['tools/x/a.c', 'tools/x/b.c', 'tools/x/gone.c']);
    const renewed = seriesOf(patchOf('0001', found.value[0]?.text ?? ''));
    const again = await generatedPatches(root, { ...renewed, directory: join(root, 's') });
    expect(again.ok && again.value[0]?.stale).toEqual([]);
    expect(renewed.patches[0]?.mail.toString()).toContain('Why.\n---\n');
    expect(renewed.patches.flatMap(filesAdded)).toEqual([
      'tools/x/Makefile',
      'tools/x/a.c',
      'tools/x/b.c',
    ]);
  }));
