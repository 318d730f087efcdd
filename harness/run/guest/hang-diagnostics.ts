// SPDX-License-Identifier: MIT
import { withoutTimestamp } from '../../kernel-log/reports.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { Vm } from '../../vm/vm.ts';

/** What is collected of a guest that hangs, or of a program past its deadline. */
export interface HangDiagnostics {
  /** The way by which the guest still answered. */
  readonly answered: 'ssh' | 'serial line' | 'nmi' | 'qemu' | 'nothing';
  /** Where its processors are, by kernel symbols; empty for a guest that answers. */
  readonly processors: readonly string[];
  /** The stacks of the program's own tasks, and of those that are blocked. */
  readonly tasks: readonly string[];
  /** The whole text, including registers. */
  readonly log: readonly string[];
  /** Its memory as an ELF core, where the user asked for it. */
  readonly core?: string;
}

/** What is needed to collect them. */
export interface Means {
  readonly nameOf: NameOf;
  /** The file to which the guest's memory is written first; undefined: none. */
  readonly core: string | undefined;
}

/** A name and offset for an address of the kernel. */
export type NameOf = (address: bigint) => Promise<string>;

/** The sysrq keys (Documentation/admin-guide/sysrq.rst): blocked tasks, all processors, all tasks. */
const SYSRQ_KEYS = ['w', 'l', 't'] as const;

/** To list all tasks takes a slow guest a second. */
const ASK_S = 5;
/** A result holds at most so many lines of stacks; the file has all. */
const SHOWN = 80;

/**
 * Asks a guest over SSH what its tasks do, and kills the program's group.
 * undefined where it does not answer any more.
 */
export const askBySsh = async (
  vm: Vm,
  ssh: Connection,
  program: { readonly pid: number | undefined; readonly name: string },
): Promise<HangDiagnostics | undefined> => {
  const from = vm.console.position;
  const ask = SYSRQ_KEYS.map((key) => `echo ${key} >/proc/sysrq-trigger`).join('; ');
  const { pid } = program;
  const kill = pid === undefined ? 'true' : `kill -KILL -${pid} ${pid}`;
  const asked = await ssh.exec(`${ask}; ${kill} 2>/dev/null; true`, { seconds: ASK_S });
  if (asked.end.kind !== 'exit') return undefined;
  await vm.console.quiet(1000, vm.gone);
  const log = vm.console.since(from);
  return { answered: 'ssh', processors: [], tasks: tasksOf(log, program), log };
};

/** Asks a guest that SSH does not reach, from the mildest means to the last; it is of no use after it. */
export const askByForce = async (
  vm: Vm,
  program: { readonly pid: number | undefined; readonly name: string },
  { nameOf, core }: Means,
): Promise<HangDiagnostics> => {
  const from = vm.console.position;
  const processors = await vm.processors();
  if (!processors) return { answered: 'nothing', processors: [], tasks: [], log: [] };
  const named = await Promise.all(
    processors.map(async ({ number, pointer }) => `CPU ${number} at ${await nameOf(pointer)}`),
  );
  const dumped = core !== undefined && (await vm.dump(core));
  const answered = await askBySerial(vm);
  if (!answered) await vm.interruptForGood();
  const said = vm.console.since(from);
  const how = answered ? 'serial line' : said.length > 0 ? 'nmi' : 'qemu';
  const registers = processors.flatMap(({ number, registers: lines }) => [
    `CPU ${number}`,
    ...lines,
  ]);
  const tasks = answered ? tasksOf(said, program) : said.map(withoutTimestamp).slice(0, SHOWN);
  const log = [...said, ...registers];
  return { answered: how, processors: named, tasks, log, ...(dumped ? { core } : {}) };
};

/** By a break and a key on its serial line; true where the kernel answered the first one. */
const askBySerial = async (vm: Vm): Promise<boolean> => {
  let answered = false;
  for (const key of SYSRQ_KEYS) {
    if (!(await vm.sysrq(key))) break;
    answered = true;
  }
  return answered;
};

const TASK = /^task:(\S+)\s+state:(\S)\s.*\bpid:(\d+)\s+tgid:(\d+)\s+ppid:(\d+)/;

/** Of a list of all tasks (sched_show_task() of kernel/sched/core.c) those that matter here. */
export const tasksOf = (
  log: readonly string[],
  { pid, name }: { readonly pid: number | undefined; readonly name: string },
): readonly string[] => {
  const blocks = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const raw of log) {
    const line = withoutTimestamp(raw);
    const [, comm, state, task, group, parent] = TASK.exec(line) ?? [];
    if (task !== undefined) {
      const own = [group, parent].includes(String(pid)) || comm === name.slice(0, 15);
      open = own || state === 'D' ? [line] : undefined;
      // Blocked ones are listed twice.
      if (open) blocks.set(task, open);
    } else if (/^(?:sysrq|Sched Debug|Showing busy|NMI backtrace)/.test(line)) open = undefined;
    else open?.push(line);
  }
  return [...blocks.values()].flat().slice(0, SHOWN);
};
