// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import { within } from '../../base/deadline.ts';
import { interrupted, type Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Image } from '../../guest/image.ts';
import { findReports, isPanic, type KernelReport } from '../../kernel-log/reports.ts';
import type { Machine } from '../../vm/machine.ts';
import { startVm, working, type Vm } from '../../vm/vm.ts';
import { connect, settle, type Booted } from './connect.ts';
import { askByForce, type NameOf, type HangDiagnostics } from './hang-diagnostics.ts';
import { draft, type Snapshot } from './snapshot.ts';
import type { VmObserver } from './vm-observer.ts';

/** A kernel that does not come up: not our environment's fault but its own. */
export interface BootFailure {
  readonly kind: 'no-boot';
  readonly code:
    | 'kernel-panicked'
    | 'guest-no-network'
    | 'guest-no-root'
    | 'guest-no-console'
    | 'vm-ended'
    | 'boot-timeout';
  readonly what: string;
  readonly reports: readonly KernelReport[];
  readonly lastLines: readonly string[];
  /** The hang diagnostics of a kernel that runs, but did not boot to the end. */
  readonly stuck: HangDiagnostics | undefined;
  readonly argv: readonly string[];
}

export interface BootOptions {
  readonly machine: Machine;
  readonly image: Image;
  readonly consoleFile: string;
  /** Within this time SSH must answer. */
  readonly seconds: number;
  readonly nameOf: NameOf;
  /** Write the memory of a guest that hangs beside its log. */
  readonly dump: boolean;
  readonly observer: VmObserver | undefined;
  /** Where the state is kept once the boot has proved good; nowhere without it. */
  readonly snapshot: Snapshot | undefined;
}

/** Dropbear says this once it listens; connecting sooner only waits. */
const LISTENING = 'Not backgrounding';

/**
 * Boots to a working SSH connection. A kernel that panics, hangs or ends is a
 * {@link BootFailure}, a value; the Failure of the Result is the environment's.
 */
export const boot = async (
  context: Context,
  options: BootOptions,
): Promise<Result<Booted | BootFailure>> => {
  const began = performance.now();
  const started = await startVm(context, options.machine, options.consoleFile, {
    autopsy: options.observer?.last,
  });
  if (!started.ok) return started;
  const vm = started.value;
  return working(vm, () => comeUp(context, options, vm, began));
};

const comeUp = async (
  context: Context,
  options: BootOptions,
  vm: Vm,
  began: number,
): Promise<Result<Booted | BootFailure>> => {
  const { consoleFile, seconds } = options;
  const lonely = new AbortController();
  const giveUp = AbortSignal.any([within(seconds * 1000, vm.gone), lonely.signal]);
  for (const { says } of HOPELESS)
    void vm.console.waitFor(says, seconds * 1000, giveUp).then((said) => {
      if (said) lonely.abort();
    });
  const listening = await vm.console.waitFor(LISTENING, seconds * 1000, giveUp);
  // Before the first connection: a state that holds one is of no use to a fork.
  const saved = listening && options.snapshot ? await draft(vm, options.snapshot) : undefined;
  const up = listening
    ? await connect(vm, options.image, giveUp)
    : fail('environment', 'dropbear never listened', { code: 'dropbear-silent' });
  if (up.ok) {
    const booted = settle(vm, up.value, began);
    const { reports, doubts } = booted;
    // What a boot reports it must report in every run.
    const good = reports.length === 0 && doubts.length === 0;
    await (good ? saved?.commit(consoleFile) : saved?.discard());
    return ok(booted);
  }
  await saved?.discard();
  const dead = vm.gone.aborted;
  const lines = vm.console.since(0);
  const self = { name: 'init', pid: 1 };
  const core = options.dump ? consoleFile.replace(/\.log$/, '.core') : undefined;
  const isOver = dead || lonely.signal.aborted;
  const stuck = isOver ? undefined : await askByForce(vm, self, { nameOf: options.nameOf, core });
  await vm.destroy();
  const end = await vm.ended;
  if (context.signal.aborted) return interrupted();
  if (dead && end.killedFromOutside)
    return fail('environment', 'QEMU was killed from outside while the kernel booted', {
      code: 'qemu-killed',
    });
  if (stuck?.answered === 'nothing')
    return fail('environment', 'QEMU itself does not answer: it may have been stopped', {
      code: 'qemu-silent',
    });
  const reports = findReports(lines);
  const panic = reports.find(isPanic);
  const reason = end.reason ?? 'no reason given';
  const why = whyNot({ lines, panic, ended: dead ? reason : undefined, seconds });
  const lastLines = lines.slice(-20);
  return ok({ kind: 'no-boot', ...why, reports, lastLines, stuck, argv: vm.argv });
};

/** What init says where nothing more will come, and what that means; see guest/init/init.c. */
const HOPELESS = [
  {
    says: 'init: no network: ',
    code: 'guest-no-network',
    means: (why: string) =>
      `the kernel drives no network card of the guest (${why}): has it virtio-net, and virtio-pci, built in?`,
  },
  {
    says: 'init: no root: ',
    code: 'guest-no-root',
    means: (why: string) => `the kernel does not mount the root file system (${why})`,
  },
] as const;

interface Evidence {
  readonly lines: readonly string[];
  readonly panic: KernelReport | undefined;
  /** Why QEMU ended; undefined where it has not. */
  readonly ended: string | undefined;
  readonly seconds: number;
}

const whyNot = ({ lines, panic, ended, seconds }: Evidence): Pick<BootFailure, 'code' | 'what'> => {
  if (panic)
    return { code: 'kernel-panicked', what: `the kernel panicked at boot: ${panic.title}` };
  for (const { says, code, means } of HOPELESS) {
    const [, why] = lines.find((line) => line.includes(says))?.split(says) ?? [];
    if (why !== undefined) return { code, what: means(why) };
  }
  if (ended === undefined)
    return { code: 'boot-timeout', what: `the kernel did not come up within ${seconds} s` };
  return ended === 'guest-shutdown' && lines.length === 0
    ? {
        code: 'guest-no-console',
        what: 'the guest switched itself off and had said nothing: has the kernel a driver for the serial console built in?',
      }
    : { code: 'vm-ended', what: `QEMU ended while the kernel booted (${ended})` };
};
