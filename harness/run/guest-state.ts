// SPDX-License-Identifier: MIT

/** What a guest is like between two programs; of it a program may leave a mark. */
export interface GuestState {
  /** /proc/sys/kernel/tainted */
  readonly taint: number;
  /** /proc/self/mounts and /proc/modules, line by line. */
  readonly mounts: readonly string[];
  readonly modules: readonly string[];
  readonly availableKiB: number;
  /** When the guest thinks it was booted, in seconds since 1970: moves when its clock is set. */
  readonly bootTime: number;
  /** Of user space, by pid and start: what they are called. */
  readonly processes: ReadonlyMap<string, string>;
}

/**
 * What the guest's shell runs to tell: one cat, because each fork costs a slow
 * guest ten milliseconds. /proc/modules may be missing.
 */
export const READ_STATE =
  'cd /proc && echo shell $$ && cat sys/kernel/tainted meminfo stat self/mounts modules [0-9]*/stat 2>/dev/null; true';

/** PF_KTHREAD of include/linux/sched.h, in the ninth field of /proc/PID/stat (proc_pid_stat(5)). */
const KERNEL_THREAD = 0x200000;

const PROCESS = /^(\d+) \((.*)\) (\S) (\d+) \d+ \d+ \d+ -?\d+ (\d+) (?:-?\d+ ){12}(\d+) /;

/** Reads what {@link READ_STATE} printed; undefined where it is no such thing. */
export const parseState = (text: string): GuestState | undefined => {
  const lines = text.split('\n');
  const shell = /^shell (\d+)$/.exec(lines[0] ?? '')?.[1];
  const taint = Number(lines[1] || Number.NaN);
  const available = /^MemAvailable: +(\d+) kB$/m.exec(text)?.[1];
  const bootTime = /^btime (\d+)$/m.exec(text)?.[1];
  if (shell === undefined || available === undefined || bootTime === undefined) return undefined;
  if (Number.isNaN(taint)) return undefined;
  const processes = new Map<string, string>();
  for (const line of lines) {
    const [, pid, name, state, parent, flags, start] = PROCESS.exec(line) ?? [];
    if (pid === undefined || name === undefined || state === undefined) continue;
    // The shell that asks, and its cat; and what is dead already.
    if (pid === shell || parent === shell || 'ZXx'.includes(state)) continue;
    if ((Number(flags) & KERNEL_THREAD) === 0) processes.set(`${pid} ${start ?? ''}`, name);
  }
  return {
    taint,
    mounts: lines.filter((line) => /^\S+ \/\S* \S+ r[ow]\S* 0 0$/.test(line)),
    modules: lines.filter((line) => /^\S+ \d+ \d+ \S+ (?:Live|Loading|Unloading) 0x/.test(line)),
    availableKiB: Number(available),
    bootTime: Number(bootTime),
    processes,
  };
};

/** So much less memory than before is a mark; less comes and goes by itself. */
const MEMORY_KIB = 32 * 1024;
/** The boot time is computed anew each time it is read, and is one off now and then. */
const CLOCK_S = 2;

/** What a program has left behind that the next one might stumble over; nothing, in words, when clean. */
export const marksOf = (before: GuestState, after: GuestState): readonly string[] => {
  const left = [...after.processes].filter(([key]) => !before.processes.has(key));
  const lost = [...before.processes].filter(([key]) => !after.processes.has(key));
  const used = before.availableKiB - after.availableKiB;
  return [
    ...(left.length > 0 ? [`processes: ${left.map(([, name]) => name).join(', ')}`] : []),
    ...(lost.length > 0 ? [`processes are gone: ${lost.map(([, name]) => name).join(', ')}`] : []),
    ...differs('mounts', before.mounts, after.mounts),
    ...differs('modules', before.modules, after.modules),
    ...(used > MEMORY_KIB ? [`${Math.round(used / 1024)} MiB of memory`] : []),
    ...(Math.abs(after.bootTime - before.bootTime) > CLOCK_S ? ['another time'] : []),
  ];
};

const differs = (
  what: string,
  before: readonly string[],
  after: readonly string[],
): readonly string[] => {
  const key = (lines: readonly string[]): string => lines.map(firstTwo).join('\n');
  return key(before) === key(after) ? [] : [what];
};

/** Of a mount what and where, of a module name and size: the rest counts users. */
const firstTwo = (line: string): string => line.split(' ').slice(0, 2).join(' ');
