// SPDX-License-Identifier: MIT

/** Something the kernel's log says is wrong with the kernel. */
export interface KernelReport {
  readonly kind: string;
  /** The line that gave it away, without its timestamp. */
  readonly title: string;
  /** That line and what followed it, bounded. */
  readonly lines: readonly string[];
}

/** First match wins; the texts are those of the pinned tree (kernel/, mm/, lib/, arch/x86/). */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['panic', /Kernel panic - not syncing/],
  ['kasan', /BUG: KASAN: /],
  ['kcsan', /BUG: KCSAN: /],
  ['kmsan', /BUG: KMSAN: /],
  ['kfence', /BUG: KFENCE: /],
  ['ubsan', /UBSAN: /],
  ['kmemleak', /kmemleak: \d+ new suspected memory leaks/],
  ['soft-lockup', /watchdog: BUG: soft lockup/],
  [
    'hard-lockup',
    /[Ww]atchdog: (?:BUG: hard|CPU\d+: Watchdog detected hard|Watchdog detected hard) ?LOCKUP/,
  ],
  ['workqueue-lockup', /BUG: workqueue lockup/],
  ['rcu-stall', /(?:rcu: INFO: \S+ (?:self-)?detected|rcu_\w+ detected) .*stall/],
  ['hung-task', /INFO: task .* blocked for more than \d+ seconds/],
  [
    'lockdep',
    /(?:WARNING: (?:possible|inconsistent|suspicious|bad unlock|held lock|HARDIRQ|SOFTIRQ|RECLAIM|Nested lock)|\[ BUG: Invalid wait context|BUG: MAX_LOCK|WARNING: lock held)/,
  ],
  [
    'atomic-sleep',
    /BUG: (?:scheduling while atomic|sleeping function called from invalid context)/,
  ],
  ['page-fault', /BUG: (?:kernel NULL pointer dereference|unable to handle page fault)/],
  ['stack-overflow', /BUG: (?:stack guard page was hit|.*stack guard page)/],
  ['list-corruption', /(?:list_(?:add|del) corruption|slab-use-after-free)/],
  ['slab-corruption', /BUG \S+ \(.*\): /],
  ['refcount', /refcount_t: /],
  ['gpf', /(?:general protection fault|Oops: general protection)/],
  ['oops', /(?:^|\s)Oops: /],
  ['bug', /kernel BUG at |(?:^|\s)BUG: /],
  ['warning', /WARNING: CPU: \d+ PID: \d+ at |(?:^|\s)WARNING: /],
  // Its stack comes before the line that names who was killed (mm/oom_kill.c).
  ['oom-kill', /invoked oom-killer: |Out of memory: Killed process/],
  ['divide-error', /divide error: /],
  ['lockdep', /INFO: trying to register non-static key/],
  ['allocation-failure', /page allocation failure: /],
  ['oom-kill', /Memory cgroup out of memory: /],
  ['msr', /unchecked MSR access error: /],
  ['softirq', /huh, entered softirq /],
  ['sysfs', /sysfs: cannot create duplicate filename /],
  ['rcu-stall', /rcu_\w+ kthread (?:starved|timer wakeup didn't happen) for /],
  ['exit', /note: .+\[\d+\] exited with (?:irqs disabled|preempt_count)/],
  // Whatever dumps a stack outside a report of its own has a reason to.
  ['trace', /^Call Trace:$/],
  ['double-fault', /(?:traps: PANIC: double fault|double fault: )/],
];

/** What ends a report: the sanitizers draw a line, all others say so. */
const END = /---\[ end (?:trace|Kernel panic)|^={40,}$/;

/** After its first line a report goes on for at most this many lines. */
const FOLLOWING = 60;

/** A serial console's timestamp and caller: `[    1.234567][   T12] `. */
const PREFIX = /^.*?\[\s*\d+\.\d{6}\](?:\[\s*[TC]\d+\])? ?/;

export const withoutTimestamp = (line: string): string => line.replace(PREFIX, '');

/**
 * Finds the reports in a stretch of the kernel's log. A report that begins
 * within another (an oops under a KASAN report, the panic after it) belongs to
 * that one, until its `---[ end trace` or a bounded number of lines.
 */
export const findReports = (log: readonly string[]): readonly KernelReport[] => {
  const reports: { kind: string; title: string; lines: string[] }[] = [];
  let open: { kind: string; title: string; lines: string[] } | undefined;
  for (const raw of log) {
    const line = withoutTimestamp(raw);
    // A marker of ours names a program, whose name may be anything.
    if (/^kbt-(?:begin|end) \S+ [0-9a-f]{16}$/.test(line)) continue;
    const kind = KINDS.find(([, pattern]) => pattern.test(line))?.[0];
    if (kind !== undefined && (open === undefined || kind === 'panic')) {
      open = { kind, title: line.trim(), lines: [] };
      reports.push(open);
    }
    if (!open) continue;
    open.lines.push(line);
    if (END.test(line) || open.lines.length > FOLLOWING) open = undefined;
  }
  return reports;
};

/** printk could not keep up: what the log lacks cannot be judged. */
export const hasHoles = (log: readonly string[]): boolean =>
  log.some((line) => /\*\* \d+ printk messages dropped \*\*/.test(line));

/** /proc/sys/kernel/tainted by the letters of Documentation/admin-guide/tainted-kernels.rst. */
export const taintLetters = (taint: number): string =>
  Array.from('PFSRMBUDAWCIOELKXTNJ', (letter, bit) => ((taint >>> bit) & 1 ? letter : '')).join('');
