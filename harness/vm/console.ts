// SPDX-License-Identifier: MIT
import { createWriteStream, type WriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import { LineSplitter } from '../base/process/lines.ts';

/** How much of the log is kept in memory: of a longer one nothing can be concluded. */
const KEPT = { lines: 200_000, characters: 32 * 1024 * 1024 };

/** The file ends after this many bytes: a guest may write without end. */
const FILE_LIMIT = 64 * 1024 * 1024;

/** The kernel writes a list without a pause as long as this. */
const LULL_MS = 200;

/** The serial line of a VM: the kernel's log as it comes. */
export class Console {
  readonly #file: WriteStream;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();
  #closed: Promise<void> | undefined;
  #socket: Socket | undefined;
  #written = 0;
  #characters = 0;

  constructor(file: string, tell: (line: string) => void) {
    this.#watchers.add(tell);
    this.#file = createWriteStream(file, { flags: 'a' });
    this.#file.on('error', () => undefined);
  }

  /** Settles when the serial line is at its end, or after a second. */
  async drained(): Promise<void> {
    if (!this.#closed) return;
    const late = new Promise<void>((resolve) => setTimeout(resolve, 1000).unref());
    await Promise.race([this.#closed, late]);
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    const splitter = new LineSplitter((line) => {
      if (this.whole) {
        this.#lines.push(line);
        this.#characters += line.length;
      }
      for (const watcher of [...this.#watchers]) watcher(line);
    });
    socket.on('data', (chunk: Buffer) => {
      this.#keep(chunk);
      splitter.write(chunk);
    });
    socket.on('close', () => {
      splitter.end();
    });
    socket.on('error', () => undefined);
  }

  #keep(chunk: Buffer): void {
    if (this.#written > FILE_LIMIT) return;
    this.#written += chunk.length;
    this.#file.write(chunk);
    if (this.#written > FILE_LIMIT) this.#file.write('\nkbt: what follows is not kept\n');
  }

  /** How many lines there are: a place in the log to read on from. */
  get position(): number {
    return this.#lines.length;
  }

  since(position: number): readonly string[] {
    return this.#lines.slice(position);
  }

  /** False once the log is longer than what is kept: nothing can be concluded from it. */
  get whole(): boolean {
    return this.#lines.length < KEPT.lines && this.#characters < KEPT.characters;
  }

  /** Waits until a line holds the text, from now on or since `position`; false after the time. */
  waitFor(text: string, milliseconds: number, signal: AbortSignal, position = 0): Promise<boolean> {
    if (this.#lines.slice(position).some((line) => line.includes(text)))
      return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (found: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        signal.removeEventListener('abort', giveUp);
        resolve(found);
      };
      const watcher = (line: string): void => {
        if (line.includes(text)) done(true);
      };
      const giveUp = (): void => {
        done(false);
      };
      const timer = setTimeout(giveUp, milliseconds);
      this.#watchers.add(watcher);
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  /** Sends what a keyboard at the serial line would. */
  type(keys: string): void {
    this.#socket?.write(keys);
  }

  /** Settles once no line has come for a fifth of a second, or after the time. */
  quiet(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(lull);
        clearTimeout(limit);
        this.#watchers.delete(watcher);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const watcher = (): void => {
        lull.refresh();
      };
      const lull = setTimeout(done, LULL_MS);
      const limit = setTimeout(done, milliseconds);
      this.#watchers.add(watcher);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#file.end(resolve);
    });
  }
}
