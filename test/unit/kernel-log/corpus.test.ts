// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { functionsOf } from '../../../harness/kernel-log/fingerprint-report.ts';
import { findReports } from '../../../harness/kernel-log/reports.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
const readLog = (name: string): readonly string[] =>
  readFileSync(join(CORPUS, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n');

/** A report: its kind, a part of its title, and the function that is to blame for it. */
type Expected = readonly [kind: string, title: string, culprit?: string];

const EXPECTED: Readonly<Record<string, readonly Expected[]>> = {
  'doc-kasan': [['kasan', 'slab-out-of-bounds in kmalloc_oob_right', 'kmalloc_oob_right']],
  'doc-kcsan': [['kcsan', 'data-race in test_kernel_read / test_kernel_write']],
  'doc-kcsan-unknown-origin': [['kcsan', 'test_kernel_rmw_array', 'test_kernel_rmw_array']],
  'doc-kfence-corruption': [['kfence', 'memory corruption in', 'test_kmalloc_aligned_oob_write']],
  'doc-kfence-out-of-bounds': [['kfence', 'out-of-bounds read in', 'test_out_of_bounds_read']],
  'doc-kmsan': [['kmsan', 'uninit-value in', 'test_uninit_kmsan_check_memory']],
  'doc-oops': [['page-fault', 'unable to handle kernel NULL pointer dereference']],
  'doc-rcu-stall': [['rcu-stall', 'rcu_sched detected stalls']],
  'doc-rcu-usage': [['lockdep', 'suspicious RCU usage']],
  'doc-ubsan': [['ubsan', 'linux/bitops.h:110:33', '_mix_pool_bytes']],
  'doc-warning': [['warning', 'module_put+0x57/0x70', 'module_put']],
  'kasan-bounds': [
    ['ubsan', 'array-index-out-of-bounds in', 'fault_bounds'],
    ['kasan', 'global-out-of-bounds in fault_bounds', 'fault_bounds'],
  ],
  'kasan-global': [['kasan', 'global-out-of-bounds in fault_bounds', 'fault_bounds']],
  'kasan-gpf': [['gpf', 'general protection fault, probably for', 'fault_gpf']],
  'kasan-list': [['list-corruption', 'next->prev should be prev', 'fault_list']],
  'kasan-null': [['gpf', 'general protection fault, probably for', 'fault_null']],
  'kasan-oob': [['kasan', 'slab-out-of-bounds in fault_oob', 'fault_oob']],
  'kasan-shift': [['ubsan', 'shift-out-of-bounds in', 'fault_shift']],
  'kasan-uaf': [['kasan', 'slab-use-after-free in fault_uaf', 'fault_uaf']],
  'kunit-panic': [['panic', 'VFS: Unable to mount root fs']],
  'kunit-panic-prefixed': [['panic', 'VFS: Unable to mount root fs']],
  'kunit-warning': [['warning', 'clockevents_register_device']],
  'lockdep-abba': [['lockdep', 'possible circular locking dependency', 'take_both']],
  'lockdep-atomic': [['atomic-sleep', 'sleeping function called from', 'fault_atomic']],
  'lockdep-held': [['lockdep', 'lock held when returning to user space', 'fault_held']],
  'lockdep-inversion': [['lockdep', 'possible irq lock inversion', 'take_outer']],
  'lockdep-irq': [['lockdep', 'inconsistent lock state', 'take_outer']],
  'lockdep-key': [['lockdep', 'trying to register non-static key', 'fault_key']],
  'lockdep-rcu': [['lockdep', 'suspicious RCU usage', 'fault_rcu']],
  'lockdep-recursive': [['lockdep', 'possible recursive locking', 'take_both']],
  'lockdep-schedule': [
    ['atomic-sleep', 'scheduling while atomic', 'fault_schedule'],
    ['lockdep', 'suspicious RCU usage', 'rcu_sync_is_idle'],
  ],
  'lockdep-unlock': [['lockdep', 'bad unlock balance', 'fault_unlock']],
  'plain-bug': [['bug', 'kernel BUG at fs/proc/kbt_fault.c', 'fault_bug']],
  'plain-div': [['divide-error', 'Oops: divide error: 0000', 'fault_div']],
  'plain-fortify': [
    ['fortify', 'memset: detected buffer overflow', 'fault_fortify'],
    ['bug', 'kernel BUG at lib/string_helpers.c', 'fault_fortify'],
  ],
  'plain-gpf': [['gpf', 'general protection fault, probably for non-canonical', 'fault_gpf']],
  'plain-hardlockup': [['hard-lockup', 'detected hard LOCKUP on cpu 1', 'spin']],
  'plain-hungtask': [
    ['hung-task', 'blocked for more than 1 seconds', 'fault_hungtask'],
    ['hung-task', 'blocked for more than 2 seconds', 'fault_hungtask'],
  ],
  'plain-kobject': [['kobject', 'tried to init an initialized object']],
  'plain-list': [['list-corruption', 'next->prev should be prev', 'fault_list']],
  'plain-null': [['page-fault', 'kernel NULL pointer dereference', 'fault_null']],
  'plain-oom': [['oom-kill', 'tail invoked oom-killer']],
  'plain-overflow': [
    ['stack-overflow', 'TASK stack guard page was hit', 'descend'],
    ['panic', 'Fatal exception in interrupt'],
  ],
  'plain-page': [['page-fault', 'unable to handle page fault for address', 'fault_page']],
  'plain-panic': [['panic', 'planted', 'fault_panic']],
  'plain-rcustall': [
    ['rcu-stall', 'rcu_sched self-detected stall on CPU', 'spin'],
    ['rcu-stall', 'rcu_sched self-detected stall on CPU', 'spin'],
  ],
  'plain-refcount': [['refcount', 'saturated; leaking memory', 'fault_refcount']],
  'plain-rss': [['bad-page', 'Bad rss-counter state']],
  'plain-softlockup': [['soft-lockup', 'CPU#1 stuck for 3s!', 'spin']],
  'plain-stackprot': [['stack-protector', 'Kernel stack is corrupted in', 'fault_stackprot']],
  'plain-sysrq-crash': [['panic', 'sysrq triggered crash', 'sysrq_handle_crash']],
  'plain-usercopy': [['usercopy', 'memory exposure attempt detected', 'fault_usercopy']],
  'plain-vmalloc': [['allocation-failure', 'vmalloc error: size']],
  'plain-warn': [['warning', 'at fs/proc/kbt_fault.c', 'fault_warn']],
  'plain-workqueue': [
    ['workqueue-lockup', 'stuck for 1s!'],
    ['workqueue-lockup', 'stuck for 2s!'],
  ],
};

test.each(Object.entries(EXPECTED))('%s: every report is found, and no other', (name, expected) => {
  const found = findReports(readLog(name));
  expect(found.map((report) => report.kind)).toEqual(expected.map(([kind]) => kind));
  for (const [at, [, title, culprit]] of expected.entries()) {
    const report = found[at];
    expect(report?.title).toContain(title);
    if (report && culprit !== undefined) expect(functionsOf(report)[0]).toBe(culprit);
  }
});

const names = readdirSync(CORPUS)
  .filter((file) => file.endsWith('.log'))
  .map((file) => file.replace(/\.log$/, ''))
  .sort();
const clean = names.filter((name) => name.startsWith('clean-'));

test.each(clean)('%s: nothing is found', (name) => {
  expect(findReports(readLog(name))).toEqual([]);
});

test('every log of the corpus is tested', () => {
  expect(names).toEqual([...clean, ...Object.keys(EXPECTED)].sort());
});

const fingerprintsOf = (name: string): readonly string[] =>
  findReports(readLog(name)).map((report) => report.fingerprint);

test('a fault met again is the same fault, in the same boot and in another build', () => {
  for (const name of ['plain-hungtask', 'plain-rcustall', 'plain-workqueue'])
    expect(new Set(fingerprintsOf(name)).size).toBe(1);
  for (const word of ['gpf', 'list'])
    expect(fingerprintsOf(`kasan-${word}`)).toEqual(fingerprintsOf(`plain-${word}`));
});

test('two faults are two', () => {
  const planted = names.filter((name) => /^(?:doc|plain|lockdep)-/.test(name));
  const fingerprints = planted.map((name) => fingerprintsOf(name)[0]);
  expect(new Set(fingerprints).size).toBe(planted.length);
});

/** The same log as another run has it: later, on another processor, by another task, elsewhere. */
const elsewhere = (line: string): string =>
  line
    .replace(/^\[ *\d+\.(\d+)\]/, '[ 4711.$1]')
    .replace(/\b[klp]_(\w+)\b/g, 'other_$1')
    .replace(/\b(CPU: |CPU#|cpu )1\b/g, '$10')
    .replace(/\b(PID: |pid:|tgid:)\d+/g, '$17777')
    .replace(/\b(ffff[89]\w{8})(\w{4})\b/g, '$1beef')
    .replace(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, '+0x7/0x77');

test.each(names.filter((name) => /^(?:plain|kasan|lockdep)-/.test(name)))(
  '%s: has the same fingerprints elsewhere',
  (name) => {
    const log = readLog(name);
    expect(findReports(log.map(elsewhere)).map((r) => r.fingerprint)).toEqual(fingerprintsOf(name));
  },
);

test.each([
  'traps: a.out[77] general protection fault ip:401136 sp:7ffd4be0 error:0 in a.out[401000+1000]',
  'traps: BUG: x[77] trap divide error ip:401136 sp:7ffd4be0 error:0 in a.out[401000+1000]',
  'BUG: KASAN: x[77]: segfault at 8 ip 0000000000401136 sp 00007ffd4be0 error 6 in a.out',
  'Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible',
  "WARNING: 'bootconfig' found on the kernel command line but CONFIG_BOOT_CONFIG is not set.",
  'workqueue: slow_work hogged CPU for >10000us 4 times, consider switching to WQ_UNBOUND',
  'clocksource: timekeeping watchdog on CPU1: Marking clocksource tsc as unstable',
  'hrtimer: interrupt took 1234567 ns',
  'kmemleak: Kernel memory leak detector initialized (mem pool available: 15742)',
  'ODEBUG: selftest passed',
  '    # ring_test: BUG: expected 1, got 2',
  'not ok 3 WARNING: a name',
  'kbt-begin BUG: 0123456789abcdef',
])('only noise: %s', (line) => {
  expect(findReports([`[    1.000000] ${line}`])).toEqual([]);
});

// Kinds that no log of the corpus shows, by their words in the pinned tree.
test.each([
  ['double-fault', 'traps: PANIC: double fault, error_code: 0x0'],
  ['divide-error', 'Oops: divide error: 0000 [#1] SMP'],
  ['oops', 'Oops: invalid opcode: 0000 [#1] SMP'],
  ['page-table', 'sh: Corrupted page table at address 7ffd4be01136'],
  ['control-flow', 'traps: Missing ENDBR: f+0x0/0x10'],
  ['nmi', 'Uhhuh. NMI received for unknown reason 20 on CPU 0.'],
  ['irq', 'irq 9: nobody cared (try booting with the "irqpoll" option)'],
  ['msr', 'unchecked MSR access error: RDMSR from 0xdead at rIP: 0xffffffff81000000 (f+0x1/0x2)'],
  ['netdev', 'unregister_netdevice: waiting for lo to become free. Usage count = 2'],
  ['sysctl', 'sysctl table check failed: kernel/x No proc_handler'],
  ['sysfs', "sysfs: cannot create duplicate filename '/kernel/x'"],
  ['debugfs', "debugfs: Directory 'x' with parent '/' already present!"],
  ['slab-corruption', 'BUG kmalloc-32 (Tainted: G    B  ): Object already free'],
  ['slab-corruption', 'BUG x (Not tainted): Objects remaining on __kmem_cache_shutdown()'],
  ['memory-corruption', 'pagealloc: memory corruption'],
  ['bad-page', 'BUG: Bad page state in process sh  pfn:01234'],
  ['debug-objects', 'ODEBUG: free active (active state 0) object: 00 object type: work_struct'],
  ['spinlock', 'BUG: spinlock bad magic on CPU#0, sh/40'],
  ['preemption', 'BUG: using smp_processor_id() in preemptible [00000000] code: sh/41'],
  ['softirq', 'huh, entered softirq 3 NET_RX f with preempt_count 00000100, exited with 00000101?'],
  ['workqueue-leak', 'BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[12]'],
  ['csd-lock', 'smp: csd: Detected non-responsive CSD lock (#1) on CPU#1, waiting 5000 ns'],
  ['rcu-stall', 'rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 1-.... }'],
  ['lockdep', 'WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected'],
  ['lockdep', 'WARNING: sh/40 still has locks held!'],
  ['lockdep', '[ BUG: Invalid wait context ]'],
  ['lockdep', 'BUG: MAX_LOCKDEP_CHAINS too low!'],
  ['vfs', 'VFS: Busy inodes after unmount of sda1 (ext4)'],
  ['allocation-failure', 'sh: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL)'],
  ['exit', 'note: sh[41] exited with preempt_count 1'],
  ['bug', 'BUG: something that has no words of its own'],
  ['trace', 'Call Trace:'],
])('%s: %s', (kind, line) => {
  expect(findReports([`[    1.000000] ${line}`]).map((report) => report.kind)).toEqual([kind]);
});
