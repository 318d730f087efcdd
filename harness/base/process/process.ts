// SPDX-License-Identifier: MIT
import { closeSync, createWriteStream, openSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { execa } from 'execa';
import { onExit } from 'signal-exit';
import { LineSplitter, Tail } from './lines.ts';

/** One command: an argv, never a shell string. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the harness' own environment; `undefined` takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Of the harness' environment only these variables; all without it. */
  readonly inherit?: readonly string[];
  /**
   * What it is sent when the harness is killed by SIGKILL. TERM, unless named:
   * make then ends its own jobs.
   */
  readonly orphaned?: 'KILL';
  readonly stdin?: string | Uint8Array;
  /** Instead of {@link stdin}: a file that the command itself reads. */
  readonly stdinFile?: string;
  /** All of stdout and stderr goes to this file as well. */
  readonly log?: string;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Seconds; then the group is killed and `timedOut` is set. */
  readonly timeout?: number;
  /** Keep the whole of stdout in memory (at most 64 MiB): for small answers only. */
  readonly capture?: boolean;
  readonly signal?: AbortSignal;
}

/** One flat record for every way a command can end. */
export interface Ended {
  /** Exit status; undefined when it was killed or never started. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** The program is not there. */
  readonly missing: boolean;
  /** Captured bytes; empty unless `capture`. */
  readonly stdout: Buffer;
  /** The last lines of stdout and stderr, as they came. */
  readonly tail: readonly string[];
}

const TERM_TO_KILL_MS = 2000;
const CAPTURE_LIMIT = 64 * 1024 * 1024;
const groups = new Set<number>();

/** Signals a whole process group; a group that is gone already is no error. */
const killGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

onExit(() => {
  for (const pid of groups) killGroup(pid, 'SIGKILL');
});

/** Where a store of kernels is, by what password, and where the key lies that signs for it. */
const PRIVATE = /^KBT_REMOTE/;

/**
 * The harness' own environment in the C locale, with what the command changes; without what
 * no program that is started has to know.
 */
const environment = ({ env = {}, inherit }: Command): Record<string, string> => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !PRIVATE.test(name) && (inherit?.includes(name) ?? true),
  );
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(inherited),
    LC_ALL: 'C',
    ...env,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
};

/**
 * Starts a command in a process group of its own, so that ending it ends make's
 * and git's children too; setpriv has the group leader told when the harness is
 * killed by SIGKILL and can clean up nothing.
 */
export const start = (command: Command) => {
  const [file, ...args] = command.argv;
  const tail = new Tail(200);
  const captured: Buffer[] = [];
  let capturedBytes = 0;
  const deadlinePassed = { yes: false };
  const log = command.log ? createWriteStream(command.log, { flags: 'a' }) : undefined;
  log?.on('error', () => undefined);

  const opened = command.stdinFile === undefined ? undefined : openSync(command.stdinFile, 'r');
  const child = execa('setpriv', ['--pdeathsig', command.orphaned ?? 'TERM', '--', file, ...args], {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: environment(command),
    extendEnv: false,
    detached: true,
    reject: false,
    buffer: false,
    // Its types name the low descriptors alone.
    stdin: (opened as 3 | undefined) ?? (command.stdin === undefined ? 'ignore' : 'pipe'),
    ...(command.stdin === undefined ? {} : { input: command.stdin }),
  });
  if (opened !== undefined) closeSync(opened);
  const { pid } = child;
  if (pid !== undefined) groups.add(pid);

  for (const name of ['stdout', 'stderr'] as const) {
    const lines = new LineSplitter((line) => {
      tail.push(line);
      command.onLine?.(line, name);
    });
    child[name].on('data', (chunk: Buffer) => {
      lines.write(chunk);
      log?.write(chunk);
      if (command.capture && name === 'stdout') {
        capturedBytes += chunk.length;
        if (capturedBytes <= CAPTURE_LIMIT) captured.push(chunk);
      }
    });
    child[name].on('end', () => {
      lines.end();
    });
  }

  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => {
    if (pid === undefined || killer !== undefined) return;
    killGroup(pid, 'SIGTERM');
    killer = setTimeout(() => {
      killGroup(pid, 'SIGKILL');
    }, TERM_TO_KILL_MS);
  };
  const deadline =
    command.timeout === undefined
      ? undefined
      : setTimeout(() => {
          deadlinePassed.yes = true;
          kill();
        }, command.timeout * 1000);
  command.signal?.addEventListener('abort', kill, { once: true });
  if (command.signal?.aborted) kill();

  const ended = (async (): Promise<Ended> => {
    const result = await child;
    clearTimeout(deadline);
    clearTimeout(killer);
    command.signal?.removeEventListener('abort', kill);
    if (pid !== undefined) {
      // What the leader left behind in its group goes with it.
      killGroup(pid, 'SIGKILL');
      groups.delete(pid);
    }
    if (log) {
      log.end();
      await finished(log).catch(() => undefined);
    }
    return {
      code: result.exitCode,
      signal: result.signal,
      timedOut: deadlinePassed.yes,
      aborted: command.signal?.aborted ?? false,
      // 127: setpriv's own word for a program that it cannot find.
      missing: result.exitCode === 127 || result.code === 'ENOENT',
      stdout: Buffer.concat(captured),
      tail: tail.lines,
    };
  })();
  return { pid, kill, ended };
};

/** Runs a command to its end. Never throws for what the command does. */
export const run = (command: Command): Promise<Ended> => start(command).ended;
