// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import { within } from '../../base/deadline.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Image } from '../../guest/image.ts';
import {
  findReports,
  hasHoles,
  reportOf,
  taintLetters,
  type KernelReport,
} from '../../kernel-log/reports.ts';
import { Connection } from '../../ssh/connection.ts';
import type { Vm } from '../../vm/vm.ts';
import { parseState, READ_STATE, type GuestState } from './guest-state.ts';

/** A booted VM with a shell in it. */
export interface Booted {
  readonly kind: 'booted';
  readonly vm: Vm;
  readonly ssh: Connection;
  /** Whether SSH still answers, on a connection of its own. */
  readonly reconnects: () => Promise<boolean>;
  /** What the kernel reported before the first program. */
  readonly reports: readonly KernelReport[];
  /** What counts where none of {@link reports} does, and so explains nothing. */
  readonly doubts: readonly KernelReport[];
  /** How far into the console's lines {@link reports} reach. */
  readonly readTo: number;
  readonly state: GuestState;
  readonly milliseconds: number;
}

/** TAINT_TEST: a kernel with KUnit in it has it from the start. */
const EXPECTED_TAINT = 1 << 18;

/** Where no line of a boot gives a fault away: taint all the same, or lines that were dropped. */
const doubtsOf = (log: readonly string[], taint: number): readonly KernelReport[] => {
  const unexpected = taint & ~EXPECTED_TAINT;
  const titles = [
    ...(unexpected === 0
      ? []
      : [`the kernel is tainted from its boot: ${taintLetters(unexpected)}`]),
    ...(hasHoles(log) ? ['printk dropped messages while the kernel booted'] : []),
  ];
  return titles.map((title) => reportOf('taint', title));
};

/** A guest that lives takes a new connection within this time. */
const RECONNECT_MS = 3000;

/** What came up, and can be asked. */
export interface Connected {
  readonly ssh: Connection;
  readonly reconnects: () => Promise<boolean>;
  readonly state: GuestState;
}

/** The first request sets the guest's clock: a fork's is behind by the age of its state. */
export const connect = async (
  vm: Vm,
  image: Image,
  giveUp: AbortSignal,
): Promise<Result<Connected>> => {
  const login = { port: vm.sshPort, userKey: image.userKey, hostKey: image.hostKey };
  const ssh = await Connection.open(login, giveUp);
  if (!ssh.ok) return ssh;
  const now = (Date.now() / 1000).toFixed(0);
  const said = await ssh.value.ask([`clock ${now}`, ...READ_STATE], 10);
  const state = said === undefined ? undefined : parseState(said);
  const reconnects = async (): Promise<boolean> => {
    const soon = within(RECONNECT_MS, vm.gone);
    const again = await Connection.open(login, soon);
    if (again.ok) again.value.close();
    return again.ok;
  };
  if (state) return ok({ ssh: ssh.value, reconnects, state });
  ssh.value.close();
  return fail('environment', 'the guest does not tell its state', { code: 'guest-silent' });
};

/** What is known of a VM once it has come up. */
export const settle = (vm: Vm, { ssh, reconnects, state }: Connected, began: number): Booted => {
  const readTo = vm.console.position;
  const lines = vm.console.since(0);
  return {
    kind: 'booted',
    vm,
    ssh,
    reconnects,
    reports: findReports(lines),
    doubts: doubtsOf(lines, state.taint),
    readTo,
    state,
    milliseconds: Math.round(performance.now() - began),
  };
};
