// SPDX-License-Identifier: MIT
import type { Socket } from 'node:net';
import { LineSplitter } from '../base/lines.ts';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly id?: number;
  readonly QMP?: unknown;
}

/** A QMP connection (QEMU's docs/interop/qmp-spec): commands in, replies and events out. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 1;
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
      this.shutdownReason = typeof reason === 'string' ? reason : 'unknown';
    }
    if (reply.id === undefined) return;
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
  }

  /** Gives the command's return value, or undefined when it failed or QEMU is gone. */
  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#closed) return undefined;
    const id = this.#next++;
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
    return reply.error ? undefined : reply.return;
  }

  /** The host's port that is forwarded to the guest's port 22. */
  async sshPort(): Promise<number | undefined> {
    const text = await this.execute('human-monitor-command', { 'command-line': 'info usernet' });
    const match = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(
      String(text),
    );
    return match?.[1] === undefined ? undefined : Number(match[1]);
  }
}
