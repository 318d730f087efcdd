// SPDX-License-Identifier: MIT
import type { Kind } from '../arch/kernel-log.ts';
import { ARCH } from '../arch/host.ts';

const ends = { endsWithStack: true } as const;
const near = { follows: 'near' } as const;
const within = { follows: 'within' } as const;
const after = { follows: 'after' } as const;

/**
 * What the pinned tree says of its own faults; the first match wins.
 * Lines are matched from their start wherever a program could put the same words
 * behind its own name (`traps: NAME[PID] general protection fault ip:…`).
 */
export const KINDS: readonly Kind[] = [
  // kernel/panic.c
  { kind: 'stack-protector', pattern: /Kernel panic - not syncing: stack-protector: / },
  { kind: 'panic', pattern: /Kernel panic - not syncing/ },

  // mm/kasan/report.c, mm/kmsan/report.c, mm/kfence/report.c, kernel/kcsan/report.c, lib/ubsan.c
  { kind: 'kasan', pattern: /BUG: KASAN: / },
  { kind: 'kasan', pattern: /^KASAN: [\w-]+ in range \[/, ...near },
  { kind: 'kmsan', pattern: /BUG: KMSAN: / },
  { kind: 'kfence', pattern: /BUG: KFENCE: / },
  { kind: 'kcsan', pattern: /BUG: KCSAN: / },
  { kind: 'ubsan', pattern: /^UBSAN: / },
  // mm/kmemleak.c
  { kind: 'kmemleak', pattern: /^kmemleak: \d+ new suspected memory leaks/ },
  {
    kind: 'kmemleak',
    pattern: /^kmemleak: (?:Cannot insert 0x|Freeing unknown|Partially freeing unknown)/,
    ...ends,
  },
  // lib/debugobjects.c; its other lines are its own bookkeeping
  {
    kind: 'debug-objects',
    pattern: /^ODEBUG: (?:\w+ [\w ]+ \(active state \d+\)|object \S+ is (?:NOT )?on stack)/,
  },

  // kernel/locking/lockdep.c, include/linux/debug_locks.h
  {
    kind: 'lockdep',
    pattern:
      /^WARNING: (?:possible (?:circular locking|recursive locking|irq lock inversion)|inconsistent lock state|suspicious RCU usage|bad (?:unlock balance|contention) detected|held lock freed|Nested lock was not taken|\S+-safe -> \S+-unsafe lock order|lock held when returning to user space|.*\/\d+ still has locks held!|chain_key collision)/,
    ...ends,
  },
  { kind: 'lockdep', pattern: /^\[ BUG: Invalid wait context \]/, ...ends },
  { kind: 'lockdep', pattern: /^INFO: trying to register non-static key/, ...ends },
  { kind: 'lockdep', pattern: /^BUG: MAX_\w+ too low!/, ...ends },
  { kind: 'lockdep', pattern: /^BUG: key \S+ has not been registered!/ },
  { kind: 'lockdep', pattern: /^DEBUG_LOCKS_WARN_ON\(/ },
  // kernel/locking/spinlock_debug.c
  { kind: 'spinlock', pattern: /^BUG: (?:spinlock|rwlock) /, ...ends },

  // kernel/sched/core.c, lib/smp_processor_id.c, kernel/softirq.c
  {
    kind: 'atomic-sleep',
    pattern:
      /BUG: (?:scheduling while atomic|scheduling in a non-blocking section|sleeping function called from invalid context)/,
    ...ends,
  },
  {
    kind: 'preemption',
    pattern: /^BUG: (?:using \S+ in preemptible|assuming (?:atomic|non migratable) context)/,
    ...ends,
  },
  { kind: 'softirq', pattern: /huh, entered softirq / },

  // kernel/watchdog.c, kernel/watchdog_perf.c, kernel/hung_task.c, kernel/workqueue.c, kernel/smp.c
  { kind: 'soft-lockup', pattern: /^watchdog: BUG: soft lockup/ },
  { kind: 'hard-lockup', pattern: /[Ww]atchdog detected hard LOCKUP/ },
  { kind: 'hung-task', pattern: /^INFO: task .* blocked for more than \d+ seconds/ },
  { kind: 'workqueue-lockup', pattern: /^BUG: workqueue lockup/ },
  { kind: 'workqueue-leak', pattern: /^BUG: workqueue leaked atomic, lock or RCU/, ...ends },
  { kind: 'csd-lock', pattern: /^(?:smp: )?csd: \S+ non-responsive CSD lock/ },
  // kernel/rcu/tree_stall.h, kernel/rcu/tree_exp.h, kernel/rcu/tasks.h
  { kind: 'rcu-stall', pattern: /INFO: \S+ (?:self-)?detected (?:expedited )?stalls?\b/ },
  {
    kind: 'rcu-stall',
    pattern: /rcu_\w+ kthread (?:starved|timer wakeup didn't happen) for /,
    ...within,
  },

  // lib/list_debug.c, lib/refcount.c, lib/string_helpers.c, mm/usercopy.c, fs/super.c, fs/open.c
  { kind: 'list-corruption', pattern: /^list_(?:add|del) (?:corruption|double add)/ },
  { kind: 'refcount', pattern: /^refcount_t: / },
  { kind: 'fortify', pattern: /: detected (?:buffer overflow|field-spanning write)/ },
  { kind: 'usercopy', pattern: /Kernel memory (?:exposure|overwrite) attempt detected/ },
  { kind: 'vfs', pattern: /^VFS: (?:Busy inodes after unmount|Close: file count is 0)/ },

  // mm/slub.c, mm/page_poison.c, mm/mempool.c, mm/page_alloc.c, mm/memory.c, mm/filemap.c, kernel/fork.c
  { kind: 'slab-corruption', pattern: /^BUG .+ \((?:Not tainted|Tainted: .*)\): / },
  {
    kind: 'memory-corruption',
    pattern: /^(?:pagealloc: (?:memory corruption|single bit error)|BUG: mempool element poison)/,
    ...ends,
  },
  {
    kind: 'bad-page',
    pattern: /^BUG: (?:Bad (?:page (?:state|map|cache)|rss-counter)|non-zero pgtables_bytes)/,
    ...ends,
  },
  // mm/oom_kill.c, mm/page_alloc.c (warn_alloc), mm/vmalloc.c, mm/slub.c
  { kind: 'oom-kill', pattern: / invoked oom-killer: gfp_mask=/ },
  {
    kind: 'oom-kill',
    pattern: /^(?:Memory cgroup out|Out) of memory(?:: Killed process| and no killable)/,
    ...within,
  },
  { kind: 'allocation-failure', pattern: /: page allocation failure: |vmalloc error: size / },
  { kind: 'allocation-failure', pattern: /^SLUB: Unable to allocate memory/ },

  // What the processor finds, and then what all call it.
  ...ARCH.log.kinds,
  // kernel/cfi.c, kernel/irq/spurious.c
  { kind: 'control-flow', pattern: /^CFI failure at / },
  { kind: 'oops', pattern: /(?:^|\s)Oops: /, ...near },
  { kind: 'irq', pattern: /^irq \d+: nobody cared/ },

  // net/core/dev.c, net/sched/sch_generic.c
  {
    kind: 'netdev',
    pattern: /unregister_netdevice: waiting for |NETDEV WATCHDOG: /,
  },
  // fs/proc/proc_sysctl.c, fs/sysfs/dir.c, fs/debugfs/inode.c, lib/kobject.c, lib/ref_tracker.c
  {
    kind: 'sysctl',
    pattern: /^sysctl (?:table check failed|duplicate entry|link missing|could not get directory)/,
  },
  { kind: 'sysfs', pattern: /^sysfs: cannot create duplicate filename / },
  { kind: 'debugfs', pattern: /^debugfs: (?:File|Directory) .* already present!/ },
  {
    kind: 'kobject',
    pattern: /^kobject: .*(?: failed for |tried to (?:init|add) an |is not initialized, yet)/,
    ...within,
  },
  { kind: 'ref-tracker', pattern: /^ref_tracker: (?:.* has \d+\/\d+ users|reference already)/ },

  // lib/bug.c, kernel/panic.c, kernel/exit.c: whatever has no words of its own above
  { kind: 'bug', pattern: /[Kk]ernel BUG at /, ...near },
  { kind: 'bug', pattern: /(?:^|\s)BUG: / },
  { kind: 'warning', pattern: /WARNING: CPU: \d+ PID: \d+ at /, ...near },
  { kind: 'warning', pattern: /(?:^|\s)WARNING: / },
  {
    kind: 'exit',
    pattern: /^note: .+\[\d+\] exited with (?:irqs disabled|preempt_count)/,
    ...after,
  },
  // Whatever dumps a stack outside a report of its own has a reason to.
  { kind: 'trace', pattern: ARCH.log.stackBegins, ...after, ...ends },
];

/**
 * What suites of KUnit provoke, to see that it is refused: a device that is added twice
 * (lib/kunit/platform-test.c), a table with wrong ranges (kernel/sysctl-test.c).
 */
const PROVOKED: readonly RegExp[] = [
  /^sysfs: cannot create duplicate filename '\/devices\/platform\/kunit-platform-add-2'$/,
  /^kobject: kobject_add_internal failed for kunit-platform-add-2 with -EEXIST, /,
  /^sysctl table check failed: foo\/(?:foo|bar) range value too large for proc_dou8vec_minmax$/,
];

/**
 * Looks like the above and is not: what the processor has of that, options on the
 * command line (init/main.c). Matched, like the kinds, without leading blanks.
 */
export const NOISE: readonly RegExp[] = [
  ...ARCH.log.noise,
  /^WARNING: (?:'bootconfig' found on|The mand mount option)/,
  // What KUnit says in the log is a test's, whatever its words.
  /^(?:# |(?:not )?ok \d+ )/,
  ...PROVOKED,
  // A marker of ours names a program, whose name may be anything.
  /^kbt-(?:begin|end) \S+ [0-9a-f]{16}(?: pid \d+)?$/,
];

/**
 * Stacks that somebody asked for, and for how many lines: a failure that a test
 * injects (lib/fault-inject.c), one that it provokes, all that a key of drivers/tty/sysrq.c shows.
 */
export const ASKED_FOR: readonly (readonly [pattern: RegExp, lines: number])[] = [
  [/^FAULT_INJECTION: forcing a failure/, 10],
  [/^sysrq: Show /, 400],
  ...PROVOKED.map((pattern) => [pattern, 40] as const),
];
