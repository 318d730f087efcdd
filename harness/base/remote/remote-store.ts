// SPDX-License-Identifier: MIT
import { Pace, PATIENCE, type Patience } from './pace.ts';
import type { RemoteSettings } from './settings.ts';

/** What a server has under a name. */
export type Answer =
  | { readonly kind: 'there'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  /** It is of no use any more: why, the first time that this is told. */
  | { readonly kind: 'ended'; readonly why: string | undefined };

/** What is pushed may take so long: nobody waits for it. */
const UPLOAD_MS = 600_000;

/** A file of a server's, and how long it may be at most. */
export interface RemoteFile {
  readonly name: string;
  readonly size: number;
}

/**
 * A server that keeps files by name, for as long as a run has use for it: one that fails in
 * any way is not asked again in this run. What it says is believed by nobody; see openSigned().
 */
export class RemoteStore {
  readonly url: string;
  readonly trusted: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #patience: Patience;
  readonly #asked = new Set<string>();
  #ended = false;

  constructor({ url, trusted, authorization }: RemoteSettings, patience: Patience = PATIENCE) {
    this.url = url;
    this.trusted = trusted;
    this.#headers = authorization === undefined ? {} : { authorization };
    this.#patience = patience;
  }

  /** Whether it still is of use. */
  get isUsed(): boolean {
    return !this.#ended;
  }

  /** Whether it is asked for this the first time in this run: it has tomorrow what it has not now. */
  isNew(name: string): boolean {
    const isNew = !this.#asked.has(name);
    this.#asked.add(name);
    return isNew;
  }

  /** One small file. */
  get(file: RemoteFile, signal: AbortSignal): Promise<Answer> {
    return this.#get(file, signal, new Pace(undefined, this.#patience));
  }

  /**
   * Several files, whose sizes are known, as far as all are there; `progress` is told the bytes
   * that came. One after the other: a plain server may answer one alone.
   */
  async getAll(
    files: readonly RemoteFile[],
    signal: AbortSignal,
    progress: (bytes: number) => void,
  ): Promise<readonly Answer[]> {
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const pace = new Pace(total, this.#patience, progress);
    const answers: Answer[] = [];
    for (const file of files) {
      const answer = await this.#get(file, signal, pace);
      answers.push(answer);
      if (answer.kind !== 'there') break;
    }
    return answers;
  }

  /** Keeps bytes under a name. Gives in words what went wrong; undefined where nothing did. */
  async put(name: string, bytes: Buffer, signal: AbortSignal): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.url}${name}`, {
        method: 'PUT',
        redirect: 'manual',
        headers: { ...this.#headers, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(bytes),
        signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_MS)]),
      });
      await response.body?.cancel();
      return response.ok ? undefined : whyNot(response);
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Whether it has a file of this size already. */
  async has({ name, size }: RemoteFile, signal: AbortSignal): Promise<boolean> {
    const response = await fetch(`${this.url}${name}`, {
      method: 'HEAD',
      redirect: 'manual',
      headers: this.#headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#patience.first)]),
    }).catch(() => undefined);
    return response?.ok === true && Number(response.headers.get('content-length')) === size;
  }

  /** Does without it for the rest of the run. */
  end(why: string): Answer {
    const first = !this.#ended;
    this.#ended = true;
    return { kind: 'ended', why: first ? why : undefined };
  }

  async #get({ name, size }: RemoteFile, signal: AbortSignal, pace: Pace): Promise<Answer> {
    if (this.#ended) return { kind: 'ended', why: undefined };
    const watch = pace.watch();
    try {
      const response = await fetch(`${this.url}${name}`, {
        redirect: 'manual',
        headers: this.#headers,
        signal: AbortSignal.any([signal, watch.signal]),
      });
      if (response.status === 404) {
        await response.body?.cancel();
        return { kind: 'absent' };
      }
      if (!response.ok) return this.end(whyNot(response));
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        watch.came(chunk.length);
        length += chunk.length;
        // Leaving the loop ends the connection.
        if (length > size) return this.end(`${name} is longer than ${size} bytes`);
        chunks.push(chunk);
      }
      return { kind: 'there', bytes: Buffer.concat(chunks) };
    } catch (error) {
      const end = this.end(watch.why ?? reasonOf(error));
      // Who interrupts a run knows why it ends.
      return signal.aborted ? { kind: 'ended', why: undefined } : end;
    } finally {
      watch.stop();
    }
  }
}

const whyNot = ({ status, headers }: Response): string =>
  status >= 300 && status < 400
    ? `it redirects to ${headers.get('location') ?? 'elsewhere'}, where nobody said that the store is`
    : `HTTP ${status}`;

/** fetch() says only that it failed; its cause says why. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
};
