// SPDX-License-Identifier: MIT

/** The state of a guest between two programs. A program that changes it contaminates the VM. */
export interface GuestState {
  /** /proc/sys/kernel/tainted */
  readonly taint: number;
  /** /proc/self/mounts and /proc/modules, line by line. */
  readonly mounts: readonly string[];
  readonly modules: readonly string[];
  /** The settings of {@link SETTINGS}, in their order. */
  readonly settings: readonly string[];
  /** What tells whether {@link FILES} are others now. */
  readonly files: readonly string[];
  readonly availableKiB: number;
  /** When the guest thinks it was booted, in seconds since 1970: moves when its clock is set. */
  readonly bootTime: number;
  /** Of user space, by pid and start: what they are called. */
  readonly processes: ReadonlyMap<string, string>;
}

/** init mounts /proc here a second time, for kbt alone: a program's mount over /proc does not hide it. */
const PROC = '/kbt';

/** A program that changes one of them changes the outcome of the next, or its kernel log. */
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

/** Others in their place would answer for the guest, or run what the next program calls. */
const FILES = ['/bin', '/bin/sh', '/sbin', '/sbin/starter', '/sbin/observer', '/sbin/dropbear'];

/**
 * The requests to the guest's observer. `Linux`, from ostype, stands before and after the
 * settings. The observer leaves out what the kernel does not have.
 */
export const READ_STATE: readonly string[] = [
  'self',
  `read sys/kernel/tainted meminfo stat 1/mounts modules sys/kernel/ostype`,
  `read ${SETTINGS.join(' ')} sys/kernel/ostype`,
  `stat ${FILES.join(' ')}`,
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
    // The observer itself, and processes that are dead already.
    if (pid === self || 'ZXx'.includes(state)) continue;
    processes.set(`${pid} ${start ?? ''}`, name);
  }
  return {
    taint,
    mounts: lines.filter((line) => /^\S+ \/\S* \S+ r[ow]\S* 0 0$/.test(line)),
    modules: lines.filter((line) => /^\S+ \d+ \d+ \S+ (?:Live|Loading|Unloading) 0x/.test(line)),
    settings: lines.slice(begin, end),
    files: lines.filter((line) => line.startsWith('file /')),
    availableKiB: Number(available),
    bootTime: Number(bootTime),
    processes,
  };
};

/** A program that uses so much more memory contaminates its VM; less comes and goes by itself. */
const MEMORY_KIB = 32 * 1024;
/** The boot time is computed anew each time it is read, and is one off now and then. */
const CLOCK_S = 2;

/** In words, what a program left behind that may change the next one; empty when the guest is clean. */
export const contaminationOf = (before: GuestState, after: GuestState): readonly string[] => {
  const left = [...after.processes].filter(([key]) => !before.processes.has(key));
  const lost = [...before.processes].filter(([key]) => !after.processes.has(key));
  const used = before.availableKiB - after.availableKiB;
  return [
    ...(left.length > 0 ? [`processes: ${left.map(([, name]) => name).join(', ')}`] : []),
    ...(lost.length > 0 ? [`processes are gone: ${lost.map(([, name]) => name).join(', ')}`] : []),
    ...differs('mounts', before.mounts.map(what), after.mounts.map(what)),
    ...differs('modules', before.modules.map(what), after.modules.map(what)),
    ...differs('settings', before.settings, after.settings),
    ...differs('programs of the guest', before.files, after.files),
    ...(used > MEMORY_KIB ? [`${Math.round(used / 1024)} MiB of memory`] : []),
    ...(Math.abs(after.bootTime - before.bootTime) > CLOCK_S ? ['another time'] : []),
  ];
};

const differs = (
  name: string,
  before: readonly string[],
  after: readonly string[],
): readonly string[] => (before.join('\n') === after.join('\n') ? [] : [name]);

/** A mount's source, target and whether it is writable; a module's name and size. The rest counts users. */
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

/** The guest's command that prints the kernel's own copy of its log. */
export const READ_LOG = 'dmesg';

/**
 * Whether the serial line showed every line that the kernel logged since a marker, with its
 * time. It did not where the console was off for a while, or where somebody wrote other
 * lines in place of the kernel's.
 */
export const sawAll = (held: string, from: string, seen: readonly string[]): boolean => {
  const lines = held.split('\n').filter((line) => line !== '');
  const begin = lines.findIndex((line) => line.includes(from));
  if (begin === -1) return false;
  const text = seen.join('\n');
  return lines.slice(begin).every((line) => text.includes(line));
};
