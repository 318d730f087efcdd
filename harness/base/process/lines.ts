// SPDX-License-Identifier: MIT
import { StringDecoder } from 'node:string_decoder';

/** No line of a guest or a tool is kept longer than this, in characters. */
const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream of chunks into lines (LF or CRLF) without ever holding more
 * than one bounded line; what is cut off an endless line is dropped.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Uint8Array): void {
    const parts = (this.#rest + this.#decoder.write(Buffer.from(chunk))).split('\n');
    this.#rest = (parts.pop() ?? '').slice(0, LONGEST_LINE);
    for (const part of parts) this.#onLine(clean(part));
  }

  /** The last line may lack its newline. */
  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#onLine(clean(last));
  }
}

const clean = (line: string): string => line.slice(0, LONGEST_LINE).replace(/\r+$/, '');

/** Keeps the last `limit` lines. */
export class Tail {
  readonly #limit: number;
  #lines: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#limit);
  }
}

/**
 * What comes from a guest or a patch, made fit for a terminal or a report:
 * control characters (C0, DEL, C1) but tab become visible escapes.
 */
export const printable = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
