// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';

/** More than this no answer is, in bytes. */
const ANSWER_LIMIT = 1024 * 1024;

/** What the guest's shell starts. */
export const OBSERVER = 'exec /sbin/observer';

/** Requests whose answer stands between two lines that nobody can know before. */
export class Query {
  readonly #begin: string;
  readonly #end: string;
  /** What the observer reads, as guest/init/observer.c has it. */
  readonly text: string;

  constructor(requests: readonly string[]) {
    const word = randomBytes(16).toString('hex');
    this.#begin = `begin ${word}\n`;
    this.#end = `end ${word}\n`;
    this.text = [`say ${this.#begin}`, ...requests.map((line) => `${line}\n`), `say ${this.#end}`]
      .concat('\n')
      .join('');
  }

  /** The answer in what was printed so far; `later` for what may become one, `never` for what cannot. */
  answerIn(printed: string): { readonly answer: string } | 'later' | 'never' {
    if (!printed.startsWith(this.#begin.slice(0, printed.length))) return 'never';
    if (printed.length > ANSWER_LIMIT) return 'never';
    const over = printed.indexOf(this.#end);
    if (over < 0) return 'later';
    if (over + this.#end.length < printed.length) return 'never';
    const bytes = Buffer.from(printed.slice(this.#begin.length, over), 'latin1');
    return { answer: bytes.toString('utf8') };
  }
}

/**
 * The observer in the guest that stays: it answers without the fork and the exec that
 * a command costs a slow guest. Who writes into its output has spoilt it.
 */
export class Observer {
  readonly #stream: ClientChannel;
  #take: ((text: string) => void) | undefined;
  #lose: (() => void) | undefined;
  #spoilt = false;

  constructor(stream: ClientChannel) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      // Without a query there is nothing to say.
      if (this.#take) this.#take(chunk.toString('latin1'));
      else this.close();
    });
    stream.stderr.resume();
    stream.on('close', () => this.close());
  }

  /**
   * What it answers; undefined where it is gone, was spoilt or says nothing for so
   * many seconds. Then it is of no use any more.
   */
  async ask(query: Query, seconds: number): Promise<string | undefined> {
    if (this.#spoilt) return undefined;
    const found = await new Promise<string | undefined>((resolve) => {
      let printed = '';
      const late = setTimeout(() => resolve(undefined), seconds * 1000);
      const settle = (answer: string | undefined): void => {
        clearTimeout(late);
        resolve(answer);
      };
      this.#lose = () => settle(undefined);
      this.#take = (more) => {
        printed += more;
        const answer = query.answerIn(printed);
        if (answer === 'never') settle(undefined);
        else if (answer !== 'later') settle(answer.answer);
      };
      this.#stream.write(query.text);
    });
    this.#take = undefined;
    this.#lose = undefined;
    if (found === undefined) this.close();
    return found;
  }

  /** Ends it; a query that waits gets no answer. */
  close(): void {
    if (this.#spoilt) return;
    this.#spoilt = true;
    this.#lose?.();
    this.#stream.close();
  }
}
