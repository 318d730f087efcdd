// SPDX-License-Identifier: MIT

/** What a guest is like between two programs; of it a program may leave a mark. */
export interface GuestState {
  /** /proc/sys/kernel/tainted */
  readonly taint: number;
  /** /proc/self/mounts and /proc/modules, line by line. */
  readonly mounts: readonly string[];
  readonly modules: readonly string[];
  /** The settings of {@link SETTINGS}, in their order. */
  readonly settings: readonly string[];
  readonly availableKiB: number;
  /** When the guest thinks it was booted, in seconds since 1970: moves when its clock is set. */
  readonly bootTime: number;
  /** Of user space, by pid and start: what they are called. */
  readonly processes: ReadonlyMap<string, string>;
}

/** Where init mounts /proc once more, for us alone: what a program mounts over its own is not seen here. */
const PROC = '/kbt';

/** Set otherwise they would change what becomes of the next program, or of its kernel's log. */
const SETTINGS = [
  ...[
    'hostname domainname printk printk_ratelimit panic panic_on_oops panic_on_warn panic_print',
    'hung_task_panic hung_task_timeout_secs watchdog watchdog_thresh softlockup_panic sysrq',
    'core_pattern pid_max threads-max randomize_va_space sched_rt_runtime_us modules_disabled',
  ]
    .flatMap((names) => names.split(' '))
    .map((name) => `sys/kernel/${name}`),
  'sys/vm/overcommit_memory',
  'sys/vm/panic_on_oom',
  '/sys/devices/system/cpu/online',
  '/sys/module/printk/parameters/ignore_loglevel',
];

/**
 * What the guest's observer is asked for. The settings stand between two times `Linux`,
 * ostype. What a kernel does not have is left out.
 */
export const READ_STATE: readonly string[] = [
  'self',
  `read sys/kernel/tainted meminfo stat 1/mounts modules sys/kernel/ostype`,
  `read ${SETTINGS.join(' ')} sys/kernel/ostype`,
  'processes',
];

/** /proc/PID/stat (proc_pid_stat(5)): the pid, the name, the state, and when it began. */
const PROCESS = /^(\d+) \((.*)\) (\S) (?:-?\d+ ){18}(\d+) /;

/** Reads what {@link READ_STATE} printed; undefined where it is no such thing. */
export const parseState = (text: string): GuestState | undefined => {
  const lines = text.split('\n');
  const self = /^self (\d+)$/.exec(lines[0] ?? '')?.[1];
  const taint = Number(lines[1] || Number.NaN);
  const available = /^MemAvailable: +(\d+) kB$/m.exec(text)?.[1];
  const bootTime = /^btime (\d+)$/m.exec(text)?.[1];
  if (self === undefined || available === undefined || bootTime === undefined) return undefined;
  if (Number.isNaN(taint)) return undefined;
  const [begin, end] = [lines.indexOf('Linux'), lines.lastIndexOf('Linux')];
  const processes = new Map<string, string>();
  for (const line of lines.slice(end)) {
    const [, pid, name, state, start] = PROCESS.exec(line) ?? [];
    if (pid === undefined || name === undefined || state === undefined) continue;
    // Who tells, and what is dead already.
    if (pid === self || 'ZXx'.includes(state)) continue;
    processes.set(`${pid} ${start ?? ''}`, name);
  }
  return {
    taint,
    mounts: lines.filter((line) => /^\S+ \/\S* \S+ r[ow]\S* 0 0$/.test(line)),
    modules: lines.filter((line) => /^\S+ \d+ \d+ \S+ (?:Live|Loading|Unloading) 0x/.test(line)),
    settings: lines.slice(begin, end),
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
    ...differs('mounts', before.mounts.map(what), after.mounts.map(what)),
    ...differs('modules', before.modules.map(what), after.modules.map(what)),
    ...differs('settings', before.settings, after.settings),
    ...(used > MEMORY_KIB ? [`${Math.round(used / 1024)} MiB of memory`] : []),
    ...(Math.abs(after.bootTime - before.bootTime) > CLOCK_S ? ['another time'] : []),
  ];
};

const differs = (
  name: string,
  before: readonly string[],
  after: readonly string[],
): readonly string[] => (before.join('\n') === after.join('\n') ? [] : [name]);

/** Of a mount what, where and whether it may be written, of a module name and size: the rest counts users. */
const what = (line: string): string => {
  const [first = '', second = '', , options = ''] = line.split(' ');
  return `${first} ${second} ${options.slice(0, 2)}`;
};

/** Whether something new lies over what {@link READ_STATE} reads. */
export const isBlinded = (before: GuestState, after: GuestState): boolean => {
  const over = ({ mounts }: GuestState): number =>
    mounts.filter((line) => line.split(' ')[1]?.startsWith(PROC)).length;
  return over(before) !== over(after);
};

/** The pids of what is there now and was not before. */
export const pidsLeft = (before: GuestState, after: GuestState): readonly string[] =>
  [...after.processes.keys()]
    .filter((key) => !before.processes.has(key))
    .map((key) => key.split(' ')[0] ?? '');

/** What the guest's shell runs for the kernel's log as the kernel itself holds it. */
export const READ_LOG = 'dmesg';

/**
 * Whether all that the kernel logged since a marker came over the serial line,
 * with the time it has there: what a console that was off for a while did not
 * show, and what somebody wrote in its place, differ.
 */
export const sawAll = (held: string, from: string, seen: readonly string[]): boolean => {
  const lines = held.split('\n').filter((line) => line !== '');
  const begin = lines.findIndex((line) => line.includes(from));
  if (begin === -1) return false;
  const text = seen.join('\n');
  return lines.slice(begin).every((line) => text.includes(line));
};
