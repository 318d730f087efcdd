// SPDX-License-Identifier: MIT
import type { Socket } from 'node:net';
import { LineSplitter } from '../base/process/lines.ts';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly id?: number;
  readonly QMP?: unknown;
}

/** QEMU's main loop may be busy for a while, not for so long, in seconds. */
const ANSWER_S = 10;

/** A QMP connection (QEMU's docs/interop/qmp-spec): commands in, replies and events out. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;
  readonly #listeners = new Set<(reply: Reply) => void>();
  #closed = false;
  /** The reason of QEMU's SHUTDOWN event, once it came. */
  shutdownReason: string | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const lines = new LineSplitter((line) => {
      this.#take(line);
    });
    socket.on('data', (chunk: Buffer) => {
      lines.write(chunk);
    });
    const end = (): void => {
      this.#closed = true;
      for (const resolve of this.#waiting.values())
        resolve({ error: { desc: 'QEMU closed the connection' } });
      this.#waiting.clear();
      for (const listener of [...this.#listeners]) listener({ error: { desc: 'closed' } });
    };
    socket.on('close', end);
    // After quit the socket is reset; close follows.
    socket.on('error', () => undefined);
  }

  #take(line: string): void {
    let reply: Reply;
    try {
      reply = JSON.parse(line) as Reply;
    } catch {
      return;
    }
    if (reply.event === 'SHUTDOWN') {
      const reason = reply.data?.['reason'];
      // One that is held after its guest's end is told to quit, and says so again.
      this.shutdownReason ??= typeof reason === 'string' ? reason : 'unknown';
    }
    for (const listener of [...this.#listeners]) listener(reply);
    if (reply.id === undefined) return;
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
  }

  /**
   * Gives the command's return value, or undefined when it failed, QEMU is gone or
   * does not answer in time: it may have been stopped.
   */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>> = {},
    seconds = ANSWER_S,
  ): Promise<unknown> {
    if (this.#closed) return undefined;
    const id = this.#next++;
    const reply = await new Promise<Reply>((resolve) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ error: { desc: 'no answer' } });
      }, seconds * 1000);
      this.#waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
    return reply.error ? undefined : reply.return;
  }

  /** Asks QEMU's monitor for people; undefined as {@link execute} is. */
  async monitor(line: string): Promise<string | undefined> {
    const text = await this.execute('human-monitor-command', { 'command-line': line });
    return typeof text === 'string' ? text : undefined;
  }

  /**
   * Moves the machine's state out or in (QEMU's docs/devel/migration): runs the
   * command and waits until the migration has come to its end. False when it failed.
   */
  async migrate(command: 'migrate' | 'migrate-incoming', uri: string): Promise<boolean> {
    const capabilities = [{ capability: 'events', state: true }];
    await this.execute('migrate-set-capabilities', { capabilities });
    const over = this.#until(({ event, data }) => {
      const status = event === 'MIGRATION' ? data?.['status'] : undefined;
      return status === 'completed' || status === 'failed' ? status : undefined;
    });
    const begun = await this.execute(command, { uri });
    return begun !== undefined && (await over) === 'completed';
  }

  /** True once the guest has shut down or restarted; false where QEMU went before. */
  async shutDown(): Promise<boolean> {
    return (
      (await this.#until(({ event }) => (event === 'SHUTDOWN' ? event : undefined))) !== undefined
    );
  }

  /** The first result that `look` gives for a reply; undefined where the connection ends before it. */
  #until<T>(look: (reply: Reply) => T | undefined): Promise<T | undefined> {
    return new Promise((resolve) => {
      const listener = (reply: Reply): void => {
        const found = look(reply);
        if (found === undefined && !(reply.error && this.#closed)) return;
        this.#listeners.delete(listener);
        resolve(found);
      };
      this.#listeners.add(listener);
    });
  }

  /** The host's port that is forwarded to the guest's port 22. */
  async sshPort(): Promise<number | undefined> {
    const text = (await this.monitor('info usernet')) ?? '';
    const match = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(text);
    return match?.[1] === undefined ? undefined : Number(match[1]);
  }
}
