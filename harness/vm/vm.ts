// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { start, type Ended } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { temporary } from '../base/cache/scratch.ts';
import { Console } from './console.ts';
import { listen } from './listen.ts';
import { qemuArgv, type Machine } from './machine.ts';
import { Qmp } from './qmp.ts';
import { loadState } from './state.ts';
import { verbsOf, type Verbs } from './verbs.ts';

/** QEMU must be up and have connected within this time, in seconds. */
const QEMU_START_S = 20;

/** Signals that somebody sends; QEMU's own SEGV or SYS may be the guest's doing. */
const OUTSIDE: readonly string[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/** QEMU takes TERM, INT and HUP for a wish to shut down, says so, and exits with 0. */
const HOST_SIGNAL = 'host-signal';

/** How a VM came to its end. */
export interface VmEnd {
  /** True when somebody else's signal ended QEMU. */
  readonly killedFromOutside: boolean;
  /** QMP's SHUTDOWN reason: guest-shutdown, guest-reset (a panic, by panic=-1), host-qmp-quit …, or the signal that ended QEMU. */
  readonly reason: string | undefined;
  readonly tail: readonly string[];
}

/** One running QEMU. */
export interface Vm extends Verbs {
  readonly argv: readonly string[];
  readonly console: Console;
  readonly sshPort: number;
  /** Aborted as soon as QEMU is gone, and on the run's own abort. */
  readonly gone: AbortSignal;
  /** Settles when QEMU has ended, however it ended. */
  readonly ended: Promise<VmEnd>;
  /** Ends QEMU and gives everything back. */
  readonly destroy: () => Promise<void>;
}

/** Where a VM begins, and who looks at its end. */
export interface VmOptions {
  /** A file with the state that a VM of the same machine has saved; without it, the VM boots. */
  readonly state?: string;
  /**
   * Looks into a VM whose guest has panicked, restarted or shut down; then it goes.
   * Not called where QEMU itself is killed.
   */
  readonly autopsy?: ((vm: Vm) => Promise<void>) | undefined;
}

/**
 * Starts QEMU with its console and QMP connected. Fails with `environment` where
 * QEMU does not start or does not take the state.
 */
export const startVm = async (
  context: Context,
  machine: Machine,
  consoleFile: string,
  { state, autopsy }: VmOptions = {},
): Promise<Result<Vm>> => {
  const directory = await temporary('vm');
  const sockets = {
    console: join(directory, 'console'),
    qmp: join(directory, 'qmp'),
    state: join(directory, 'state'),
  };
  const [consoleServer, qmpServer] = await Promise.all([
    listen(sockets.console),
    listen(sockets.qmp),
  ]);
  const log = new Console(consoleFile, (line) =>
    context.emit({ type: 'output', of: 'console', line }),
  );
  const argv = qemuArgv(
    machine,
    sockets,
    state === undefined ? 'boot' : 'fork',
    autopsy !== undefined,
  );
  const ours = new AbortController();
  const qemu = start({
    argv,
    orphaned: 'KILL',
    ...(state === undefined ? {} : { stdinFile: state }),
    signal: AbortSignal.any([context.signal, ours.signal]),
  });
  let qmp = undefined as Qmp | undefined;

  const gone = new AbortController();
  const ended = (async (): Promise<VmEnd> => {
    const end: Ended = await qemu.ended;
    // The last lines, the panic among them, may still be on their way.
    await log.drained();
    gone.abort();
    consoleServer.close();
    qmpServer.close();
    await log.close();
    await rm(directory, { recursive: true, force: true });
    return {
      killedFromOutside:
        !end.aborted && (OUTSIDE.includes(end.signal ?? '') || qmp?.shutdownReason === HOST_SIGNAL),
      reason: qmp?.shutdownReason ?? end.signal,
      tail: end.tail,
    };
  })();
  const destroy = async (): Promise<void> => {
    ours.abort();
    await ended;
  };

  const timer = setTimeout(() => {
    ours.abort();
  }, QEMU_START_S * 1000);
  const up = await Promise.race([
    Promise.all([consoleServer.connected, qmpServer.connected]),
    ended,
  ]);
  if (!Array.isArray(up)) {
    clearTimeout(timer);
    return context.signal.aborted
      ? fail('interrupted', 'interrupted')
      : fail('environment', 'QEMU does not start', {
          code: 'qemu-not-started',
          detail: up.tail.slice(-5).join('\n'),
        });
  }
  const [serial, control] = up;
  log.attach(serial);
  const monitor = new Qmp(control);
  qmp = monitor;
  const shutDown = monitor.shutDown();
  await monitor.execute('qmp_capabilities');
  const loaded = state === undefined || (await loadState(monitor));
  const sshPort = await monitor.sshPort();
  clearTimeout(timer);
  if (!loaded) {
    await destroy();
    const { tail } = await ended;
    return fail('environment', 'QEMU does not take the saved state', {
      code: 'state-refused',
      detail: tail.slice(-5).join('\n'),
    });
  }
  if (sshPort === undefined) {
    await destroy();
    return fail('environment', 'QEMU forwards no port to the guest', {
      code: 'qemu-no-network',
      remedy: `this QEMU may lack slirp: install the full ${ARCH.qemu.package}`,
    });
  }
  const verbs = verbsOf(monitor, log, gone.signal, sockets.state);
  const vm: Vm = { ...verbs, argv, console: log, sshPort, gone: gone.signal, ended, destroy };
  if (autopsy)
    void shutDown.then(async (came) => {
      if (!came) return;
      await autopsy(vm).catch(() => undefined);
      await monitor.execute('quit');
    });
  return ok(vm);
};

/** Returns what the work with a VM returns; an exception of the work ends the VM, too. */
export const working = async <T>(vm: Pick<Vm, 'destroy'>, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    await vm.destroy();
    throw error;
  }
};
