// SPDX-License-Identifier: MIT
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { start, type Ended } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { Console } from './console.ts';
import { qemuArgv, type Machine } from './machine.ts';
import { Qmp } from './qmp.ts';

/** QEMU must be up and have connected within this time, in seconds. */
const QEMU_START_S = 20;

/** Signals that somebody sends; QEMU's own SEGV or SYS may be the guest's doing. */
const OUTSIDE: readonly string[] = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'];

/** How a VM came to its end. */
export interface VmEnd {
  /** True when somebody else's signal ended QEMU. */
  readonly killedFromOutside: boolean;
  /** QMP's SHUTDOWN reason: guest-shutdown, guest-reset (a panic, by panic=-1), host-qmp-quit … */
  readonly reason: string | undefined;
  readonly tail: readonly string[];
}

/** One running QEMU. */
export interface Vm {
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

/** Listens on a Unix socket until one has connected. */
const listen = async (path: string) => {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => {
    server.once('connection', (socket) => {
      resolve(socket);
      server.close();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { connected, close: () => server.close() };
};

/**
 * Starts QEMU with its console and QMP connected. Fails with `environment`
 * where QEMU does not start.
 */
export const startVm = async (
  context: Context,
  machine: Machine,
  consoleFile: string,
): Promise<Result<Vm>> => {
  // mkdtemp makes it 0700: nobody else connects.
  const directory = await mkdtemp(join(tmpdir(), 'kbt-vm-'));
  const sockets = { console: join(directory, 'console'), qmp: join(directory, 'qmp') };
  const [consoleServer, qmpServer] = await Promise.all([
    listen(sockets.console),
    listen(sockets.qmp),
  ]);
  const log = new Console(consoleFile);
  const argv = qemuArgv(machine, sockets);
  const ours = new AbortController();
  const qemu = start({
    argv,
    orphaned: 'KILL',
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
      killedFromOutside: !end.aborted && OUTSIDE.includes(end.signal ?? ''),
      reason: qmp?.shutdownReason,
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
      : fail('environment', 'QEMU does not start', { detail: up.tail.slice(-5).join('\n') });
  }
  const [serial, control] = up;
  log.attach(serial);
  qmp = new Qmp(control);
  await qmp.execute('qmp_capabilities');
  const sshPort = await qmp.sshPort();
  clearTimeout(timer);
  if (sshPort === undefined) {
    await destroy();
    return fail('environment', 'QEMU forwards no port to the guest', {
      remedy: 'this QEMU may lack slirp: install the full qemu-system-x86',
    });
  }
  return ok({ argv, console: log, sshPort, gone: gone.signal, ended, destroy });
};
