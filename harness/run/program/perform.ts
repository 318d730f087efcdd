// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import type { Exec } from '../../ssh/connection.ts';
import { commandOf, marker, pidOf } from '../guest/guest-command.ts';
import type { SentModule } from '../tests/modules.ts';
import type { ProgramPayload } from '../tests/pack.ts';
import type { Program } from '../tests/plan.ts';
import { askBySsh, type HangDiagnostics } from '../guest/hang-diagnostics.ts';
import type { RunningVm } from '../guest/running-vm.ts';
import { grownIn, LEAKS_S, loadAgain, NONE, NOT_LOOKED_FOR } from './module-leaks.ts';
import { loading, troubleOf, unloading, type ModuleTrouble } from './module-trouble.ts';

/** After the deadline kbt asks for the program's stacks and kills it; then SSH has this long to report its end. */
const KILL_GRACE_S = 10;

/** A program's run in its guest, as far as its own end. */
export interface Performed {
  readonly exec: Exec;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly milliseconds: number;
  /** Its begin marker, and the pid that the log names with it. */
  readonly begin: string;
  readonly pid: number | undefined;
  /** Its deadline came before its end. */
  readonly overdue: boolean;
  /** The hang diagnostics that the guest then gave. */
  readonly stuck: HangDiagnostics | undefined;
  /** Why a module of the program's was not loaded, or not unloaded. */
  readonly module: ModuleTrouble | undefined;
  /** In words, what its modules leak; undefined where nobody could look. */
  readonly leaks: string | undefined;
  /** The console's lines of these diagnostics: they are no part of the program's log. */
  readonly asked: { readonly from: number; readonly to: number };
}

/** What a program is run with. */
export interface Sent {
  readonly payload: ProgramPayload | undefined;
  readonly modules: readonly SentModule[];
  /** Whether the kernel can tell what they leak. */
  readonly findsLeaks: boolean;
  /** Seconds until it is killed. */
  readonly timeout: number;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Loads the modules of a program, sends it and runs it, and unloads them; at a deadline it asks for
 * stacks and kills what is late, and all that would follow is left out.
 */
export const perform = async (
  used: RunningVm,
  program: Program,
  sent: Sent,
): Promise<Performed> => {
  const { payload, modules, timeout, environment } = sent;
  const [at, since] = [Date.now(), performance.now()];
  const begin = marker('begin', program.name);
  const rootfs = used.machine.rootfs !== undefined;
  const about = { began: at, begin, milliseconds: 0, pid: undefined, leaks: undefined };
  const took = (): number => Math.round(performance.now() - since);
  if (!(await sendHelpers(used, payload?.helpers)))
    return { ...about, ...quietly(used, NOT_SENT), module: undefined };
  const loaded: SentModule[] = [];
  for (const module of modules) {
    const ended = await watch(used, { name: 'insmod', ...loading(module), seconds: timeout });
    const trouble = troubleOf(used, ended, { name: module.name, doing: 'loading', timeout });
    if (trouble) return { ...about, ...ended, milliseconds: took(), module: trouble };
    loaded.unshift(module);
  }
  const command = commandOf(program, begin, { environment, rootfs });
  const ran = await watch(used, {
    ...{ name: program.name, command, seconds: timeout, begin },
    ...(payload ? { stdin: payload.file } : {}),
  });
  const { exec, pid } = ran;
  const done = { ...about, ...ran, milliseconds: took(), module: undefined };
  // The children of a program that floods go on printing.
  if (exec.flooded && pid !== undefined)
    await used.booted.ssh.exec(`kill -KILL -${pid} ${pid}`, { seconds: 5 });
  // What is in use by a program that did not end cannot be unloaded; no other runs in this VM.
  if (ran.overdue || exec.flooded || ['lost', 'deadline'].includes(exec.end.kind)) return done;
  for (const { name } of loaded) {
    const ended = await watch(used, { name: 'rmmod', command: unloading(name), seconds: timeout });
    const trouble = troubleOf(used, ended, { name, doing: 'unloading', timeout });
    if (trouble) return { ...done, ...ended, exec, pid, module: trouble };
  }
  if (modules.length === 0) return done;
  if (!sent.findsLeaks) return { ...done, leaks: NOT_LOOKED_FOR };
  return { ...done, ...(await lookForLeaks(used, modules)) };
};

/** Loads modules again and again; what kmemleak finds comes over the console. */
const lookForLeaks = async (
  used: RunningVm,
  modules: readonly SentModule[],
): Promise<Pick<Performed, 'leaks' | 'module'> & Partial<Watched>> => {
  const name = modules.at(-1)?.name ?? '';
  const command = loadAgain(modules);
  const ended = await watch(used, { name: 'insmod', command, seconds: LEAKS_S });
  const doing = 'loading again and again';
  const trouble = troubleOf(used, ended, { name, doing, timeout: LEAKS_S });
  const { exec, ...late } = ended;
  if (trouble) return { ...late, leaks: undefined, module: trouble };
  const grown = grownIn(exec.stdout);
  return grown === undefined
    ? { leaks: NONE, module: undefined }
    : { leaks: grown, module: { late: false, why: grown } };
};

/** A command in a guest, until its end or past its deadline. */
type Watched = Pick<Performed, 'exec' | 'overdue' | 'stuck' | 'asked' | 'pid'>;

/** What has ended without anybody asking the guest. */
const quietly = ({ booted }: RunningVm, exec: Exec): Omit<Watched, 'pid'> => {
  const here = booted.vm.console.position;
  return { exec, overdue: false, stuck: undefined, asked: { from: here, to: here } };
};

interface Command {
  /** As the kernel calls its process. */
  readonly name: string;
  readonly command: string;
  readonly stdin?: Uint8Array;
  readonly seconds: number;
  /** The marker that its pid stands behind, in the log. */
  readonly begin?: string;
}

const watch = async (
  used: RunningVm,
  { name, command, stdin, seconds, begin }: Command,
): Promise<Watched> => {
  const { vm, ssh } = used.booted;
  const running = ssh.exec(command, {
    seconds: seconds + KILL_GRACE_S,
    ...(stdin ? { stdin } : {}),
  });
  const overdue = await isOverdue(running, seconds);
  const pid = begin === undefined ? undefined : pidOf(vm.console.since(used.readTo), begin);
  const from = vm.console.position;
  const stuck = overdue ? await askBySsh(vm, ssh, { name, pid }) : undefined;
  const to = vm.console.position;
  return { exec: await running, overdue, pid, stuck, asked: { from, to } };
};

/** True once the deadline has passed and the command still runs. */
const isOverdue = async (running: Promise<unknown>, seconds: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), seconds * 1000);
  });
  const overdue = await Promise.race([running.then(() => false), late]);
  clearTimeout(timer);
  return overdue;
};

/** Of a program that was not begun. */
const NOT_SENT: Exec = {
  end: { kind: 'exit', status: 1 },
  stdout: '',
  output: 'kbt: the files that it needs did not get into the guest: is there room in its memory?\n',
  flooded: false,
};

/** Whether all of them are in the guest. */
const sendHelpers = async (used: RunningVm, helpers: Uint8Array | undefined): Promise<boolean> => {
  if (!helpers || used.helpers.has(helpers)) return true;
  const sent = await used.booted.ssh.exec('tar -x -C /tests', { stdin: helpers, seconds: 300 });
  if (sent.end.kind !== 'exit' || sent.end.status !== 0) return false;
  used.helpers.add(helpers);
  // No program has left these in memory.
  const availableKiB = used.state.availableKiB - helpers.length / 1024;
  used.state = { ...used.state, availableKiB };
  return true;
};
