// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import { interrupted, type Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Image } from '../guest/image.ts';
import {
  findReports,
  hasHoles,
  isPanic,
  reportOf,
  taintLetters,
  type KernelReport,
} from '../kernel-log/reports.ts';
import { Connection } from '../ssh/connection.ts';
import type { Machine } from '../vm/machine.ts';
import { startVm, type Vm } from '../vm/vm.ts';

/** A booted VM with a shell in it. */
export interface Booted {
  readonly vm: Vm;
  readonly ssh: Connection;
  /** What the kernel reported before the first program. */
  readonly reports: readonly KernelReport[];
  /** What counts where none of {@link reports} does, and so explains nothing. */
  readonly doubts: readonly KernelReport[];
  /** How far into the console's lines {@link reports} reach. */
  readonly readTo: number;
  /** /proc/sys/kernel/tainted */
  readonly taint: number;
  readonly milliseconds: number;
}

/** A kernel that does not come up: not our environment's fault but its own. */
export interface BootFailure {
  readonly what: string;
  readonly reports: readonly KernelReport[];
  readonly lastLines: readonly string[];
  readonly argv: readonly string[];
}

/** TAINT_TEST: a kernel with KUnit in it has it from the start. */
const EXPECTED_TAINT = 1 << 18;

/** Where no line of a boot gives a fault away: taint all the same, or lines that were dropped. */
const doubts = (log: readonly string[], taint: number): readonly KernelReport[] => {
  const unexpected = taint & ~EXPECTED_TAINT;
  const titles = [
    ...(unexpected === 0
      ? []
      : [`the kernel is tainted from its boot: ${taintLetters(unexpected)}`]),
    ...(hasHoles(log) ? ['printk dropped messages while the kernel booted'] : []),
  ];
  return titles.map((title) => reportOf('taint', title));
};

/** Dropbear says this once it listens; connecting sooner only waits. */
const LISTENING = 'Not backgrounding';

/**
 * Boots to a working SSH connection. A kernel that panics, hangs or ends is a
 * {@link BootFailure}, a value; the Failure of the Result is the environment's.
 */
export const boot = async (
  context: Context,
  machine: Machine,
  image: Image,
  consoleFile: string,
  seconds: number,
): Promise<Result<Booted | BootFailure>> => {
  const began = performance.now();
  const started = await startVm(context, machine, consoleFile);
  if (!started.ok) return started;
  const vm = started.value;
  const deadline = AbortSignal.timeout(seconds * 1000);
  const giveUp = AbortSignal.any([deadline, vm.gone]);

  const listening = await vm.console.waitFor(LISTENING, seconds * 1000, giveUp);
  const ssh = listening
    ? await Connection.open(
        { port: vm.sshPort, userKey: image.userKey, hostKey: image.hostKey },
        giveUp,
      )
    : fail('environment', 'dropbear never listened');
  const asked = ssh.ok
    ? await ssh.value.exec('cat /proc/sys/kernel/tainted', { seconds: 10 })
    : undefined;
  const taint = Number(asked?.stdout.trim() || Number.NaN);
  if (ssh.ok && !Number.isNaN(taint)) {
    const readTo = vm.console.position;
    const found = findReports(vm.console.since(0));
    return ok({
      vm,
      ssh: ssh.value,
      reports: found,
      doubts: doubts(vm.console.since(0), taint),
      readTo,
      taint,
      milliseconds: Math.round(performance.now() - began),
    });
  }

  if (ssh.ok) ssh.value.close();
  const dead = vm.gone.aborted;
  await vm.destroy();
  const end = await vm.ended;
  if (context.signal.aborted) return interrupted();
  if (dead && end.killedFromOutside)
    return fail('environment', 'QEMU was killed from outside while the kernel booted');
  const lines = vm.console.since(0);
  const reports = findReports(lines);
  const panic = reports.find(isPanic);
  const what = panic
    ? `the kernel panicked at boot: ${panic.title}`
    : dead
      ? `QEMU ended while the kernel booted (${end.reason ?? 'no reason given'})`
      : `the kernel did not come up within ${seconds} s`;
  return ok({ what, reports, lastLines: lines.slice(-20), argv: vm.argv });
};
