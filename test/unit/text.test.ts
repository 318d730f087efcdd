// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { LineSplitter } from '../../harness/base/process/lines.ts';
import { lost, parseConfig, parseFragment } from '../../harness/kconfig/fragment.ts';
import { findReports, taintLetters } from '../../harness/kernel-log/reports.ts';
import { DiagnosticReader, placeOfSeries } from '../../harness/kernel/make/diagnostics.ts';
import { readKtap } from '../../harness/ktap/read.ts';
import { tapDocument } from '../../harness/ktap/tap14.ts';
import { globToRegExp } from '../../harness/run/tests/plan.ts';
import { choose } from '../../harness/source/fetch/debian.ts';
import { parseTap } from '../support/tap.ts';

describe('KTAP', () => {
  test('nested documents belong to the result that ends them', () => {
    const ktap = readKtap(
      [
        'KTAP version 1',
        '1..2',
        '    KTAP version 1',
        '    # Subtest: suite',
        '    1..2',
        '    ok 1 first',
        '    not ok 2 second # TODO later',
        'ok 1 suite',
        'ok 2 other # SKIP no hardware',
        '',
      ].join('\n'),
    );
    expect(ktap.faults).toEqual([]);
    expect(ktap.results.map((r) => r.name)).toEqual(['suite', 'other']);
    expect(ktap.results[0]?.children.map((r) => [r.ok, r.name, r.directive])).toEqual([
      [true, 'first', undefined],
      [false, 'second', 'TODO'],
    ]);
    expect(ktap.results[1]).toMatchObject({ directive: 'SKIP', reason: 'no hardware' });
  });

  test.each([
    ['an ok parent of a failed child', '1..1\n  1..1\n  not ok 1 child\nok 1 parent\n', 'is not'],
    ['an end inside a subtest', '1..1\n  1..1\n  ok 1 child\n', 'ends inside'],
    ['a second plan', '1..1\nok 1 a\n1..1\n', 'second plan'],
    ['an indented failure without a header', '1..1\n    not ok 1 - c\nok 1 - p\n', 'belongs to no'],
    ['a subtest that a plan cuts off', '    1..1\n    not ok 1 - c\n1..1\nok 1 - p\n', 'cut off'],
    [
      'a result between two levels',
      '1..1\n    1..1\n    not ok 1 c\n  ok 1 x\nok 1 p\n',
      'belongs to no',
    ],
    ['a bail out', '1..1\nok 1 a\nBail out! x\n', 'Bail out'],
    ['a result that cannot be read', '1..1\nok 1 a\nnot ok: b\n', 'not ok: b'],
    ['a subtest without its plan', '1..1\n  KTAP version 1\n  ok 1 a\nok 1 b\n', 'no plan'],
  ])('%s is a fault', (_, text, fault) => {
    expect(readKtap(text).faults.join()).toContain(fault);
  });

  test('a subtest may omit its plan where nobody knows the number, and nothing else may', () => {
    const faults = (text: string) =>
      readKtap(`KTAP version 1\n${text}`, { mayOmitPlans: true }).faults;
    const parameters = '  KTAP version 1\n  # Subtest: a\n  ok 1 x\n';
    expect(faults(`1..1\n${parameters}ok 1 a\n`)).toEqual([]);
    expect(faults(`${parameters}ok 1 a\n`)).toEqual(['the output has no plan']);
    expect(faults('1..1\n  KTAP version 1\nok 1 a\n')).toEqual(['the subtest a has no plan']);
    expect(faults(`1..1\n${parameters}  not ok 2 y\nok 1 a\n`)).toEqual([
      'a is ok but a subtest of it is not',
    ]);
  });
});

test('no name or diagnostic of a guest’s can forge a TAP line', () => {
  const hostile = 'a # SKIP\n1..9\nok 7 - forged \\ \u001b[2J\u2028ok 8';
  const { points, faults } = parseTap(
    tapDocument(
      [
        {
          ok: false,
          name: hostile,
          diagnostics: { why: `${hostile}\n  ...\nok 2`, log: [hostile] },
        },
      ],
      [hostile],
    ),
  );
  expect(faults).toEqual([]);
  expect(points).toHaveLength(1);
  expect(points[0]).toMatchObject({ ok: false, skip: false });
});

test('lines survive any cut of the stream, and an endless one is bounded', () => {
  const text = 'one\r\ntwo ü\nthree';
  for (let size = 1; size < text.length; size += 1) {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size));
    splitter.end();
    expect(lines).toEqual(['one', 'two ü', 'three']);
  }
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (let i = 0; i < 100; i += 1) splitter.write(Buffer.alloc(64 * 1024, 'x'));
  splitter.end();
  expect(lines.map((line) => line.length)).toEqual([64 * 1024]);
});

test('a kernel report takes what belongs to it, and a panic stands by itself', () => {
  const log = [
    '[    1.000000] all is well',
    'junk of a program[    1.100000][   T42] BUG: KASAN: slab-use-after-free in f+0x1/0x2',
    '[    1.100001] Oops: 0000 [#1] SMP',
    '[    1.100002] ---[ end trace 0000000000000000 ]---',
    '[    1.200000] Kernel panic - not syncing: Fatal exception',
    '[    1.300000] kbt-end BUG: 0123456789abcdef',
  ];
  expect(findReports(log).map((r) => [r.kind, r.lines.length])).toEqual([
    ['kasan', 3],
    ['panic', 1],
  ]);
  expect(taintLetters(512 + 64)).toBe('UW');
});

test('a report of memory that ran out is called by what happened, not by its stack', () => {
  const log = [
    '[    8.815757] tests invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0',
    '[    8.826622] Call Trace:',
    '[    8.930262] Out of memory: Killed process 40 (tests) total-vm:1kB',
  ];
  expect(findReports(log).map((r) => [r.kind, r.lines.length])).toEqual([['oom-kill', 3]]);
});

test('fragments: what was asked for and what became of it', () => {
  const parsed = parseFragment('CONFIG_A=y\n# CONFIG_B is not set\n# a remark\nCONFIG_A=m\n', 'f');
  if (!parsed.ok) throw new Error(parsed.failure.what);
  const config = parseConfig('CONFIG_A=y\nCONFIG_B=y\n');
  expect(lost(parsed.value, config).map((o) => [o.name, o.value, o.where])).toEqual([
    ['CONFIG_A', 'm', 'f:4'],
    ['CONFIG_B', 'n', 'f:2'],
  ]);
});

const read = (...lines: string[]) => {
  const reader = new DiagnosticReader('/c/linux', '/c/build');
  for (const line of lines) reader.push(line);
  return reader.diagnostics;
};

test.each([
  ['../linux/kernel/a.c:3:7: error: no', { kind: 'error', file: 'kernel/a.c', line: 3 }],
  ['/c/linux/kernel/a.c:3:7: warning: hm', { kind: 'warning', file: 'kernel/a.c', line: 3 }],
  ['kernel/Kconfig:9: syntax error', { kind: 'error', file: 'kernel/Kconfig', line: 9 }],
  ['kernel/Kconfig:9:warning: hm', { kind: 'warning', file: 'kernel/Kconfig', line: 9 }],
  ['kernel/a.o: warning: objtool: f: hm', { kind: 'warning', file: 'kernel/a.c' }],
  ['/usr/include/stdio.h:3:7: error: no', undefined],
  ['  CC      kernel/a.o', undefined],
])('make says: %s', (line, expected) => {
  expect(read(line)).toHaveLength(expected ? 1 : 0);
  if (expected) expect(read(line)[0]).toMatchObject(expected);
});

test('a warning inside a macro of an untouched header is the series’ all the same', () => {
  const diagnostics = read(
    '  CC      kernel/other.o',
    'In file included from ../linux/include/linux/printk.h:7,',
    '                 from ../linux/kernel/a.c:2:',
    "../linux/kernel/a.c: In function 'f':",
    "../linux/include/linux/kern_levels.h:5:25: warning: format '%s' expects a string",
    "../linux/kernel/a.c:9:9: note: in expansion of macro 'pr_info'",
    '  CC      kernel/b.o',
    '../linux/kernel/b.c:1:1: warning: hm',
  );
  const places = diagnostics.map((d) => placeOfSeries(d, new Set(['kernel/a.c'])));
  expect(places).toMatchObject([{ file: 'kernel/a.c', line: 9 }, undefined]);
});

test('of the packages on offer the pinned one, or else the nearest', () => {
  const versions = ['6.12.115-2~deb12u1', '6.12.117-1~deb12u1', '6.11.117-1', '6.12.107-1'];
  expect(choose('6.12.117', versions)).toBe('6.12.117-1~deb12u1');
  expect(choose('6.12.110', versions)).toBe('6.12.107-1');
  expect(choose('6.12.110', [])).toBeUndefined();
});

test('programs are chosen by glob', () => {
  expect(['a_b', 'a.b', 'ab'].filter((name) => globToRegExp('a?b').test(name))).toEqual([
    'a_b',
    'a.b',
  ]);
});
