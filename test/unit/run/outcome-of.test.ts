// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { exitCodeOfOutcomes } from '../../../harness/base/outcome.ts';
import { readKtap } from '../../../harness/ktap/read.ts';
import { reportOf } from '../../../harness/kernel-log/reports.ts';
import { outcomeOf, type ProgramEvidence } from '../../../harness/run/program/outcome-of.ts';

const GOOD = 'TAP version 13\n1..2\nok 1 a\nok 2 b\n';

const seen = (
  change: Partial<ProgramEvidence> & { readonly output?: string } = {},
): ProgramEvidence => {
  const { output = GOOD, ...rest } = change;
  return {
    end: { kind: 'exit', status: 0 },
    timeout: 30,
    overdue: false,
    stuck: undefined,
    module: undefined,
    began: true,
    byStatus: undefined,
    output,
    ktap: readKtap(output),
    flooded: false,
    reports: [],
    logComplete: true,
    newTaint: 0,
    missing: undefined,
    blinded: false,
    vmEnd: undefined,
    ...rest,
  };
};

test.each([
  [0, 'a.c:1: TPASS: x', 'pass'],
  [0, 'a.c:1: TPASS: x\na.c:2: TFAIL: y', 'fail: it exited with 0, but printed a.c:2: TFAIL: y'],
  [1, 'a.c:2: TFAIL: y', 'fail: a.c:2: TFAIL: y'],
  [3, 'a01    1  TBROK  :  a.c:3: z', 'fail: it exited with 3, TFAIL and TBROK'],
  [2, 'a01    1  TBROK  :  a.c:3: z', 'fail: a01    1  TBROK  :  a.c:3: z'],
  [4, 'TWARN: w', 'fail: TWARN: w'],
  [32, 'a.c:9: TCONF: no such call', 'skip: a.c:9: TCONF: no such call'],
  [33, 'a.c:9: TCONF: n', 'fail: it exited with 33, TFAIL and TCONF'],
  [127, 'sh: a01: not found', 'fail: it exited with 127'],
  [8, '', 'fail: it exited with 8'],
])('a test of LTP that exits with %i after %j', (status, output, told) => {
  const end = { kind: 'exit', status } as const;
  const { outcome, why } = outcomeOf(seen({ byStatus: 'ltp', end, output }));
  expect(why === undefined ? outcome : `${outcome}: ${why}`).toBe(told);
});

describe('a selftest of the kernel goes by its exit status, and never better than that', () => {
  const judged = (output: string, status: number) => {
    const end = { kind: 'exit', status } as const;
    const { outcome, why } = outcomeOf(seen({ byStatus: 'kselftest', end, output }));
    return why === undefined ? outcome : `${outcome}: ${why}`;
  };
  test.each([
    ['PASS\n', 0, 'pass'],
    // timens: a plan, and no version line.
    ['1..2\nok 1 a\nok 2 b\n', 0, 'pass'],
    ['TAP version 13\n1..1\nok 1 a # XFAIL known\n', 0, 'pass'],
    ['PASS\n', 1, 'fail: it exited with 1'],
    [GOOD, 1, 'fail: it exited with 1'],
    ['no such device\n', 4, 'skip: it exited with 4, KSFT_SKIP'],
    ['TAP version 13\n1..0 # SKIP no device\n', 4, 'skip: no device'],
    ['TAP version 13\n1..1\nok 1 a # SKIP not here\n', 0, 'skip: not here'],
    ['TAP version 13\n1..2\nok 1 a\nnot ok 2 b\n', 0, 'fail: 1 of 2 failed: b'],
    ['TAP version 13\n1..2\nok 1 a\nnot ok 2 b\n', 4, 'fail: 1 of 2 failed: b'],
    [
      'TAP version 13\n1..3\nok 1 a\n',
      0,
      'fail: it exited with 0, but the output planned 3 and gave 1',
    ],
    ['Bail out! no memory\n', 0, 'fail: it exited with 0, but Bail out! no memory'],
  ])('%j with %i', (output, status, verdict) => {
    expect(judged(output, status)).toBe(verdict);
  });

  test('nothing else is forgiven: a report, taint, a cut log', () => {
    const fine = { byStatus: 'kselftest' as const, output: 'PASS\n' };
    expect(outcomeOf(seen({ ...fine, reports: [reportOf('warning', 'x')] })).outcome).toBe(
      'kernel-report',
    );
    expect(outcomeOf(seen({ ...fine, newTaint: 512 })).outcome).toBe('kernel-report');
    expect(outcomeOf(seen({ ...fine, logComplete: false })).outcome).toBe('error');
    expect(outcomeOf(seen({ ...fine, overdue: true })).outcome).toBe('timeout');
  });
});

describe('an outcome has to be earned', () => {
  test('only a complete and clean observation is a pass', () => {
    expect(outcomeOf(seen()).outcome).toBe('pass');
  });

  const spoiled: readonly (readonly [string, Parameters<typeof seen>[0], string])[] = [
    ['nothing printed', { output: '' }, 'error'],
    ['no plan', { output: 'ok 1 a\n' }, 'error'],
    ['half a plan', { output: '1..2\nok 1 a\n' }, 'error'],
    ['more than planned', { output: '1..1\nok 1 a\nok 2 b\n' }, 'error'],
    ['numbers that repeat', { output: '1..2\nok 1 a\nok 1 b\n' }, 'error'],
    ['a failure', { output: '1..2\nok 1 a\nnot ok 2 b\n' }, 'fail'],
    ['ok but exit 1', { end: { kind: 'exit', status: 1 } }, 'fail'],
    ['a crash', { end: { kind: 'signal', signal: 'SEGV' } }, 'fail'],
    [
      'killed at its deadline',
      { end: { kind: 'signal', signal: 'KILL' }, overdue: true },
      'timeout',
    ],
    ['killed before its deadline', { end: { kind: 'signal', signal: 'KILL' } }, 'fail'],
    ['a guest that does not answer', { end: { kind: 'deadline' } }, 'hang'],
    ['a lost connection to a guest that answers', { end: { kind: 'lost' } }, 'error'],
    ['a guest whose interrupts still work', { stuck: 'serial line' }, 'hang'],
    ['a QEMU that does not answer', { stuck: 'nothing' }, 'killed'],
    ['a program that never began', { began: false }, 'error'],
    ['a VM that ended', { vmEnd: { killedFromOutside: false } }, 'lost-vm'],
    ['a VM killed from outside', { vmEnd: { killedFromOutside: true } }, 'killed'],
    ['a kernel report', { reports: [reportOf('warning', 'x')] }, 'kernel-report'],
    ['new taint', { newTaint: 512 }, 'kernel-report'],
    ['a log with holes', { logComplete: false }, 'error'],
    ['a flood', { flooded: true }, 'error'],
    ['only skips', { output: 'TAP version 13\n1..1\nok 1 a # SKIP no hardware\n' }, 'skip'],
    ['a skipped plan', { output: 'TAP version 13\n1..0 # SKIP no hardware\n' }, 'skip'],
    ['an empty plan', { output: '1..0\n' }, 'error'],
  ];
  test.each(spoiled)('%s is %o', (_, change, outcome) => {
    expect(outcomeOf(seen(change)).outcome).toBe(outcome);
  });

  test('a run in which nothing passed is never exit 0', () => {
    expect(exitCodeOfOutcomes([])).toBe(1);
    expect(exitCodeOfOutcomes(['skip', 'skip'])).toBe(1);
    expect(exitCodeOfOutcomes(['skip', 'pass'])).toBe(0);
    expect(exitCodeOfOutcomes(['pass', 'not-run'])).toBe(1);
    expect(exitCodeOfOutcomes(['killed', 'pass'])).toBe(3);
    expect(exitCodeOfOutcomes(['killed', 'fail'])).toBe(1);
  });
});
