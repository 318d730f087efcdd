// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';

/** More than this no answer is, in bytes. */
const ANSWER_LIMIT = 1024 * 1024;

/**
 * A shell in the guest that stays: it answers without the fork and the start of a
 * shell that each command else costs a slow guest. What is asked through it is
 * printed between two lines that nobody can know before; who writes into its output
 * at any other time has spoilt it.
 */
export class Shell {
  readonly #stream: ClientChannel;
  #take: ((text: string) => void) | undefined;
  #lose: (() => void) | undefined;
  #spoilt = false;

  constructor(stream: ClientChannel) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      // Without a question there is nothing to say.
      if (this.#take) this.#take(chunk.toString('latin1'));
      else this.close();
    });
    stream.stderr.resume();
    stream.on('close', () => this.close());
  }

  /**
   * What a command prints on its standard output; undefined where the shell is gone,
   * was spoilt or says nothing for so many seconds. Then it is of no use any more.
   */
  async ask(command: string, seconds: number): Promise<string | undefined> {
    if (this.#spoilt) return undefined;
    const word = randomBytes(16).toString('hex');
    const [begin, end] = [`begin ${word}\n`, `end ${word}\n`];
    const answer = await new Promise<string | undefined>((resolve) => {
      let text = '';
      const late = setTimeout(() => resolve(undefined), seconds * 1000);
      const settle = (found: string | undefined): void => {
        clearTimeout(late);
        resolve(found);
      };
      this.#lose = () => settle(undefined);
      this.#take = (more) => {
        text += more;
        const strange = !text.startsWith(begin.slice(0, text.length)) || text.length > ANSWER_LIMIT;
        const over = text.indexOf(end);
        if (strange || (over >= 0 && over + end.length < text.length)) settle(undefined);
        else if (over >= 0) settle(text.slice(begin.length, over));
      };
      this.#stream.write(`echo begin ${word}; ${command}\necho end ${word}\n`);
    });
    this.#take = undefined;
    this.#lose = undefined;
    if (answer === undefined) this.close();
    return answer === undefined ? undefined : Buffer.from(answer, 'latin1').toString('utf8');
  }

  /** Ends it; a question that waits gets no answer. */
  close(): void {
    if (this.#spoilt) return;
    this.#spoilt = true;
    this.#lose?.();
    this.#stream.close();
  }
}
