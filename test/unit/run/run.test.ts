// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import type { Outcome } from '../../../harness/base/outcome.ts';
import { longestFirst } from '../../../harness/run/schedule/durations.ts';
import { commandOf } from '../../../harness/run/guest/guest-command.ts';
import {
  isBlinded,
  contaminationOf,
  parseState,
  pidsLeft,
  sawAll,
  type GuestState,
} from '../../../harness/run/guest/guest-state.ts';
import type { Program } from '../../../harness/run/tests/plan.ts';
import { NO_NEEDS, readProgramNeeds } from '../../../harness/run/tests/program-needs.ts';
import { unmet } from '../../../harness/run/tests/unmet.ts';
import type { ProgramResult } from '../../../harness/run/result/program-result.ts';
import { tasksOf } from '../../../harness/run/guest/hang-diagnostics.ts';
import { combine, shuffled, programRuns } from '../../../harness/run/tests/program-runs.ts';
import { Query } from '../../../harness/ssh/observer.ts';

const needs = (text: string) => readProgramNeeds(text, 'f.c', ['kasan', 'kcsan']);

test('a program says in its head what it needs', () => {
  const head = `// x
/* kbt: timeout=60 cpus=4 isolate */
 * kbt: config=CONFIG_A,CONFIG_B device=edu append="a=1 b=2" report=warning user=nobody
int timeout=5; // kbt is no need
`;
  expect(needs(head)).toEqual({
    ok: true,
    value: {
      timeout: 60,
      cpus: 4,
      isolate: true,
      modules: [],
      config: [
        { name: 'CONFIG_A', where: 'f.c:3' },
        { name: 'CONFIG_B', where: 'f.c:3' },
      ],
      devices: ['edu'],
      append: 'a=1 b=2',
      report: 'warning',
      rootfs: false,
      user: 'nobody',
    },
  });
  expect(needs('int main(void) {}')).toEqual({ ok: true, value: NO_NEEDS });
});

test.each([
  ['timeout=0', 'not between 1 and 86400'],
  ['timeout=99999999999', 'not between'],
  ['cpus=many', 'not between 1 and 64'],
  ['config=FOO', 'CONFIG_A,CONFIG_B'],
  ['device=ivshmem', 'none of edu'],
  ['user=me', 'neither root nor nobody'],
  ['isolate=yes', 'takes no value'],
  ['report', 'a value is wanted'],
  ['timeuot=3', 'no such need'],
  ['variant=kasn', 'no such variant, but kasan, kcsan'],
  ['report=warnnig', 'no such kind of report, but '],
  ['variant=kasan variant=kcsan', 'said twice'],
])('kbt: %s is refused at its line', (word, what) => {
  // Wherever it stands: a long licence above it hides nothing.
  const read = needs(`${'// one\n'.repeat(1000)}// kbt: ${word}\n`);
  expect(read).toMatchObject({ ok: false, failure: { kind: 'usage', where: 'f.c:1001' } });
  expect(read.ok ? '' : read.failure.what).toContain(what);
});

test('needs that are not met are said before the run', () => {
  const config = ['CONFIG_A', 'CONFIG_B'].map((name) => ({ name, where: 'f.c:1' }));
  const some = { ...NO_NEEDS, config };
  const symbols = new Set(['CONFIG_A', 'CONFIG_B']);
  const on = (...names: readonly string[]) => ({
    config: new Map(names.map((name) => [name, 'm'])),
    symbols,
    variants: ['lockdep'],
    rootfs: false,
    modules: undefined,
  });
  expect(unmet(some, on('CONFIG_A'))).toBe('the kernel lacks CONFIG_B');
  expect(unmet({ ...NO_NEEDS, variant: 'kasan' }, on())).toContain('kasan');
  expect(unmet({ ...NO_NEEDS, rootfs: true }, on())).toContain('--rootfs');
  expect(unmet(some, on('CONFIG_A', 'CONFIG_B'))).toBeUndefined();
  const older = { ...on('CONFIG_A'), symbols: new Set(['CONFIG_A']) };
  expect(unmet(some, older)).toBe('no Kconfig of this source has CONFIG_B');
});

const STATE = `self 90
0
MemTotal:         500000 kB
MemAvailable:     400000 kB
cpu  1 2 3
btime 1790000000
none / rootfs rw 0 0
tmpfs /tmp tmpfs rw,nosuid 0 0
Linux
kbt
0-1
Linux
file /bin/sh 2 77 1000 12.5
1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 11 1 1
90 (observer) S 40 90 90 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 13 0 0
`;
const stateOf = (text: string): GuestState => {
  const state = parseState(text);
  if (!state) throw new Error('not a state');
  return state;
};

test('the guest is given a program by lines, whatever the variables of its environment hold', () => {
  const program = { name: 'p', source: 'p.c', kind: 'c', needs: NO_NEEDS } as const;
  expect(commandOf(program, 'marker', { environment: { A: "it's $b" }, rootfs: false })).toBe(
    "kbt-start\nroot\ninitramfs\n/tests/p\n<7>marker\nA=it's $b",
  );
  const nobody = { ...program, needs: { ...NO_NEEDS, user: 'nobody' } } as const;
  expect(commandOf(nobody, 'marker', { environment: { A: 'one\ntwo\\n' }, rootfs: true })).toBe(
    'kbt-start\nnobody\nrootfs\n/tests/p\n<7>marker\nA=one\\ntwo\\\\n',
  );
});

test('a KUnit suite is run by its own name, and is skipped where a filter leaves none of it', () => {
  const program = { name: 'kunit.list_sort', source: 'x', kind: 'kunit', needs: NO_NEEDS } as const;
  const command = (filtered: boolean) =>
    commandOf(
      { ...program, suite: { name: "list's sort", atBoot: filtered, filtered } },
      'marker',
      { environment: {}, rootfs: false },
    );
  expect(command(false)).toContain(`cd '/sys/kernel/debug/kunit/list'\\''s sort' || { echo 'Bail`);
  expect(command(false)).not.toContain('SKIP');
  expect([false, true].map((atBoot) => command(atBoot).includes('>run'))).toEqual([true, false]);
  // Of a filter that KUnit refuses it knows no suite either.
  expect(command(true)).toMatch(/grep -q "kunit: disabled.+" && \{ echo 'Bail out!.*# SKIP/);
});

test('what a program leaves in its guest contaminates it', () => {
  const before = stateOf(STATE);
  expect([...before.processes.values()]).toEqual(['init']);
  expect(before.mounts).toHaveLength(2);
  const contamination = (from: string | RegExp, to: string) =>
    contaminationOf(before, stateOf(STATE.replace(from, to)));
  expect(contamination('', '')).toEqual([]);
  // A process may call itself what it likes.
  const left = '95 (a) b) S 1 9 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 55 1 1\n';
  expect(contamination(/$/, left)).toEqual(['processes: a) b']);
  expect(contamination(/$/, left.replace(' S ', ' Z '))).toEqual([]);
  expect(contamination(/^1 \(init.*$/m, '')).toEqual(['processes are gone: init']);
  expect(contamination('none /', 'tmpfs /mnt tmpfs rw 0 0\nnone /')).toEqual(['mounts']);
  expect(contamination('none / rootfs rw', 'none / rootfs ro')).toEqual(['mounts']);
  expect(contamination('0-1', '0')).toEqual(['settings']);
  expect(contamination('2 77 1000 12.5', 'is gone')).toEqual(['programs of the guest']);
  expect(contamination('400000', '390000')).toEqual([]);
  expect(contamination('400000', '300000')).toEqual(['98 MiB of memory']);
  expect(contamination('1790000000', '1790086400')).toEqual(['another time']);
  expect(contamination('none /', 'edu 16384 0 - Live 0x0000000000000000\nnone /')).toEqual([
    'modules',
  ]);
  expect(parseState('')).toBeUndefined();
  const after = stateOf(`${STATE.replace('none /', 'tmpfs /kbt tmpfs rw 0 0\nnone /')}${left}`);
  expect([isBlinded(before, before), isBlinded(before, after)]).toEqual([false, true]);
  expect(pidsLeft(before, after)).toEqual(['95']);
});

test('only what stands whole between the two lines of a query answers it', () => {
  const query = new Query(['self']);
  const [begin = '', request, end = ''] = query.text.replaceAll('say ', '').split('\n');
  expect(request).toBe('self');
  const whole = `${begin}\nself 90\n${end}\n`;
  expect(query.answerIn(whole)).toEqual({ answer: 'self 90\n' });
  for (const part of ['', begin.slice(0, 9), `${begin}\nself`])
    expect(query.answerIn(part)).toBe('later');
  for (const spoilt of [`x${whole}`, `${whole}x`, 'self 90\n', `${begin}\n${'x'.repeat(2 ** 20)}`])
    expect(query.answerIn(spoilt)).toBe('never');
  expect(new Query(['self']).answerIn(whole)).toBe('never');
});

test('what the kernel logged and the serial line did not show is missed', () => {
  const held = '[ 1.0] kbt-begin a 12\n[ 1.1] WARNING: x\n[ 1.2] kbt-end a 34\n';
  const seen = ['[ 0.9] old', ...held.trim().split('\n')];
  expect(sawAll(`[ 0.8] older\n${held}`, 'kbt-begin a 12', seen)).toBe(true);
  expect(sawAll(held, 'kbt-begin a 12', seen.toSpliced(2, 1))).toBe(false);
  // Said again by somebody else, later.
  const echoed = seen.with(3, '[ 1.3] kbt-end a 34');
  expect(sawAll(held, 'kbt-begin a 12', echoed)).toBe(false);
  expect(sawAll('', 'kbt-begin a 12', seen)).toBe(false);
});

const ran = (outcome: Outcome): ProgramResult => ({
  name: 'p',
  outcome,
  ...(outcome === 'pass' ? {} : { why: `it did ${outcome}` }),
  milliseconds: 10,
  results: [],
  reports: [],
  boot: 1,
});

test.each([
  [['pass'], 'pass'],
  [['pass', 'pass'], 'pass'],
  [['fail', 'fail'], 'fail'],
  [['skip', 'skip'], 'skip'],
  [['pass', 'fail', 'pass'], 'flaky'],
  [['timeout', 'pass'], 'flaky'],
  [['skip', 'pass'], 'pass'],
  [['fail', 'timeout'], 'fail'],
] as const)('runs that %o are %s, and none is hidden', (outcomes, outcome) => {
  const whole = combine(outcomes.map(ran));
  expect(whole?.outcome).toBe(outcome);
  if (outcomes.length > 1) expect(whole?.runs?.map((r) => r.outcome)).toEqual(outcomes);
});

const programs = ['a', 'b', 'c', 'd', 'e'].map((name): Program => ({
  name,
  source: name,
  kind: 'c',
  needs: NO_NEEDS,
}));
const names = (all: readonly Program[]): string => all.map((p) => p.name).join('');

test('orders: shuffled by a seed, longest first, round by round', () => {
  expect(names(shuffled(programs, 7))).toBe(names(shuffled(programs, 7)));
  expect(new Set([1, 2, 3, 4, 5].map((seed) => names(shuffled(programs, seed)))).size).toBe(5);
  expect(names([...shuffled(programs, 3)].sort((x, y) => (x.name < y.name ? -1 : 1)))).toBe(
    'abcde',
  );
  expect(names(longestFirst(programs, { a: 1, b: 5, c: 3, e: 9 }))).toBe('debca');
  const turns = programRuns(programs.slice(0, 2), 2);
  expect(turns.map(({ program, round }) => `${program.name}${round}`)).toEqual([
    'a1',
    'b1',
    'a2',
    'b2',
  ]);
});

test('of a list of all tasks the program’s own and the blocked are shown, once', () => {
  const log = [
    '[    9.1] sysrq: Show Blocked State',
    'task:blocked         state:D stack:0     pid:50    tgid:50    ppid:1      flags:0x00000000',
    ' wait_for_it+0x1/0x2',
    'sysrq: Show State',
    'task:init            state:S stack:0     pid:1     tgid:1     ppid:0      flags:0x00000000',
    ' do_wait+0x1/0x2',
    'task:prog            state:S stack:0     pid:60    tgid:60    ppid:40     flags:0x00000000',
    ' pause+0x1/0x2',
    'task:thread          state:R  running task     stack:0 pid:61 tgid:60 ppid:40 flags:0x0',
    ' spin+0x1/0x2',
    'task:blocked         state:D stack:0     pid:50    tgid:50    ppid:1      flags:0x00000000',
    ' wait_for_it+0x1/0x2',
  ];
  const shown = tasksOf(log, { pid: 60, name: 'prog' });
  expect(shown.filter((line) => !line.startsWith('task:'))).toEqual([
    ' wait_for_it+0x1/0x2',
    ' pause+0x1/0x2',
    ' spin+0x1/0x2',
  ]);
});
