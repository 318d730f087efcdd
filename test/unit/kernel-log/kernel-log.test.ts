// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { framesOf } from '../../../harness/kernel-log/frames.ts';
import { countReports, findReports, isPanic } from '../../../harness/kernel-log/reports.ts';

const only = (lines: readonly string[]) => {
  const found = findReports(lines);
  expect(found).toHaveLength(1);
  const [report] = found;
  if (!report) throw new Error('no report');
  return report;
};

/** An oops as arch/x86 prints it, by what differs from one to the next. */
const oops = (change: {
  readonly at?: number;
  readonly task?: string;
  readonly pid?: number;
  readonly address?: string;
  readonly offset?: string;
  readonly culprit?: string;
}) => {
  const { at = 1, task = 'sh', pid = 41, address = '0000000000000008' } = change;
  const { offset = '0x1c', culprit = 'ring_add.isra.0' } = change;
  return [
    `BUG: kernel NULL pointer dereference, address: ${address}`,
    '#PF: supervisor write access in kernel mode',
    'PGD 0 P4D 0 ',
    `Oops: Oops: 0002 [#${at}] SMP`,
    `CPU: ${at % 2} UID: 0 PID: ${pid} Comm: ${task} Not tainted 6.12.117 #1`,
    `RIP: 0010:${culprit}+${offset}/0x40`,
    'RAX: 0000000000000000 RBX: 0000000000000000 RCX: 00000000000000f3',
    'Call Trace:',
    ' <TASK>',
    ' ? show_regs+0x1f/0x21',
    ` ? leftover_${task.length}+0x1/0x2`,
    ' ring_write+0x2c/0x1a0 [ring]',
    ' vfs_write+0x9f/0x169',
    ' </TASK>',
    'Modules linked in: ring',
    '---[ end trace 0000000000000000 ]---',
  ].map((line, i) => `[ ${String(at).padStart(4)}.${String(i).padStart(6, '0')}] ${line}`);
};

describe('the fingerprint of a report', () => {
  test('is the same whoever meets the fault, when and at which address', () => {
    const { fingerprint } = only(oops({}));
    expect(fingerprint).toMatch(/^[0-9a-f]{12}$/);
    const others = [
      { at: 77, pid: 4111 },
      { task: 'a longer name' },
      { address: 'ffffc90000143d90' },
      { offset: '0x2f', culprit: 'ring_add.constprop.0' },
    ];
    for (const other of others) expect(only(oops(other)).fingerprint).toBe(fingerprint);
  });

  test('is another where another function is to blame', () => {
    expect(only(oops({ culprit: 'ring_del' })).fingerprint).not.toBe(only(oops({})).fingerprint);
  });

  test.each([
    [
      'INFO: task sh:41 blocked for more than 1 seconds.',
      'INFO: task a b:9 blocked for more than 122 seconds.',
    ],
    [
      'watchdog: BUG: soft lockup - CPU#1 stuck for 3s! [sh:40]',
      'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [k/0:1:7]',
    ],
    [
      'BUG: scheduling while atomic: sh/40/0x00000002',
      'BUG: scheduling while atomic: kworker/1:2/7/0x00000100',
    ],
    ['WARNING: sh/40 still has locks held!', 'WARNING: kworker/0:1/7 still has locks held!'],
    ['BUG: spinlock bad magic on CPU#0, sh/40', 'BUG: spinlock bad magic on CPU#1, kworker/0:1/7'],
    [
      'BUG: Bad page state in process sh  pfn:01234',
      'BUG: Bad page state in process a b  pfn:fffff',
    ],
    [
      'BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[12]',
      'BUG: workqueue leaked atomic, lock or RCU: kworker/1:0[7]',
    ],
    ['BUG: KCSAN: data-race in reader / writer.isra.0', 'BUG: KCSAN: data-race in writer / reader'],
    [
      'kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
      'kmemleak: 12 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
    ],
    [
      'BUG kmalloc-32 (Not tainted): Object already free',
      'BUG kmalloc-32 (Tainted: G    B   W         ): Object already free',
    ],
    [
      'BUG: using smp_processor_id() in preemptible [00000000] code: sh/41',
      'BUG: using smp_processor_id() in preemptible [00000001] code: a b/7',
    ],
  ])('does not change with tasks, numbers and the order of a race: %s', (one, other) => {
    expect(only([one]).fingerprint).toBe(only([other]).fingerprint);
  });

  test.each([
    ['BUG: KASAN: slab-use-after-free in f+0x1/0x2', 'BUG: KASAN: slab-out-of-bounds in f+0x1/0x2'],
    ['BUG: KCSAN: data-race in a / b', 'BUG: KCSAN: data-race in a / c'],
    [
      'BUG kmalloc-32 (Not tainted): Object already free',
      'BUG kmalloc-64 (Not tainted): Object already free',
    ],
    ['refcount_t: saturated; leaking memory.', 'refcount_t: underflow; use-after-free.'],
  ])('changes with what happened: %s, %s', (one, other) => {
    expect(only([one]).fingerprint).not.toBe(only([other]).fingerprint);
  });

  test('counts what came more than once', () => {
    const log = [...oops({}), ...oops({ culprit: 'other' }), ...oops({ at: 3, pid: 9 })];
    expect(countReports(findReports(log)).map((r) => [r.kind, r.times])).toEqual([
      ['page-fault', 2],
      ['page-fault', 1],
    ]);
  });
});

describe('the extent of a report', () => {
  test('a WARN() is told with what it had to say', () => {
    const report = only([
      '[    1.000000] before',
      '[    1.000001] ------------[ cut here ]------------',
      '[    1.000002] the ring is broken',
      '[    1.000003] WARNING: CPU: 0 PID: 1 at ring.c:7 ring_add+0x1/0x2',
      '[    1.000004] ---[ end trace 0000000000000000 ]---',
      '[    1.000005] after',
    ]);
    expect(report.title).toContain('WARNING: CPU: 0');
    expect(report.lines[1]).toBe('the ring is broken');
    expect(report.lines).toHaveLength(4);
  });

  test('a fault of its own within another is not lost in it', () => {
    const log = ['INFO: task a:1 blocked for more than 9 seconds.', ...Array<string>(20).fill('x')];
    expect(findReports([...log, ...oops({})]).map((r) => r.kind)).toEqual([
      'hung-task',
      'page-fault',
    ]);
  });

  test('what an oops says after its end is no report of its own', () => {
    const after = ['RIP: 0010:f+0x1/0x2', 'note: sh[41] exited with irqs disabled'];
    expect(only([...oops({}), ...after]).kind).toBe('page-fault');
  });

  test('lines of another caller neither end a report nor get into it', () => {
    const line = (caller: string, text: string) => `[    1.000000][${caller.padStart(6)}] ${text}`;
    const reports = findReports([
      line('T12', 'BUG: KASAN: slab-use-after-free in f+0x1/0x2'),
      line('C1', '---[ end trace 0000000000000000 ]---'),
      line('T7', 'refcount_t: underflow; use-after-free.'),
      line('T12', 'Read of size 1 at addr ffff888003a1c0e8 by task sh/12'),
      line('T12', '='.repeat(66)),
      line('T7', '---[ end trace 0000000000000000 ]---'),
    ]);
    expect(reports.map((r) => [r.kind, r.lines.length])).toEqual([
      ['kasan', 3],
      ['refcount', 2],
    ]);
  });

  test('a panic has a name of its own, and is one whatever its kind', () => {
    const log = [
      'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: f+0x1/0x2',
    ];
    expect(only(log).kind).toBe('stack-protector');
    expect(isPanic(only(log))).toBe(true);
    expect(isPanic(only(oops({})))).toBe(false);
  });
});

test('frames: in modules, as an instruction pointer, and those that may be leftovers', () => {
  const lines = [
    'RIP: 0010:ring_add.isra.0+0x2c/0x1a0 [ring]',
    ' ? show_regs+0x1f/0x21',
    ' [<ffffffff810abb9b>] lockdep_rcu_dereference+0xbb/0xc0',
    'R13: 000000000c6a5950 R14: ffffc9000014bed8',
  ];
  expect(framesOf(lines)).toMatchObject([
    { symbol: 'ring_add.isra.0', offset: 0x2c, reliable: true },
    { symbol: 'show_regs', offset: 0x1f, reliable: false },
    { symbol: 'lockdep_rcu_dereference', offset: 0xbb, reliable: true },
  ]);
});
