// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import type { Exec } from '../../ssh/connection.ts';
import { commandOf, marker, pidOf } from '../guest/guest-command.ts';
import type { ProgramPayload } from '../tests/pack.ts';
import type { Program } from '../tests/plan.ts';
import { askBySsh, type HangDiagnostics } from '../guest/hang-diagnostics.ts';
import type { RunningVm } from '../guest/running-vm.ts';

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
  /** The console's lines of these diagnostics: they are no part of the program's log. */
  readonly asked: { readonly from: number; readonly to: number };
}

/** Sends a program, runs it, and at its deadline asks for its stacks and kills it. */
export const perform = async (
  used: RunningVm,
  program: Program,
  payload: ProgramPayload | undefined,
  timeout: number,
  environment: Readonly<Record<string, string>>,
): Promise<Performed> => {
  const { vm, ssh } = used.booted;
  const [at, began] = [Date.now(), performance.now()];
  const begin = marker('begin', program.name);
  if (!(await sendHelpers(used, payload?.helpers))) {
    const here = vm.console.position;
    const none = { stuck: undefined, overdue: false, pid: undefined };
    return {
      ...none,
      exec: NOT_SENT,
      began: at,
      milliseconds: 0,
      begin,
      asked: { from: here, to: here },
    };
  }
  const running = ssh.exec(
    commandOf(program, begin, { environment, rootfs: used.machine.rootfs !== undefined }),
    {
      seconds: timeout + KILL_GRACE_S,
      ...(payload ? { stdin: payload.file } : {}),
    },
  );
  const overdue = await isOverdue(running, timeout);
  const pid = pidOf(vm.console.since(used.readTo), begin);
  const from = vm.console.position;
  const stuck = overdue ? await askBySsh(vm, ssh, { name: program.name, pid }) : undefined;
  const to = vm.console.position;
  const exec = await running;
  const milliseconds = Math.round(performance.now() - began);
  // The children of a program that floods go on printing.
  if (exec.flooded && pid !== undefined)
    await ssh.exec(`kill -KILL -${pid} ${pid}`, { seconds: 5 });
  return { exec, began: at, milliseconds, begin, pid, overdue, stuck, asked: { from, to } };
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
