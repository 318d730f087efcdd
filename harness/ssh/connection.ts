// SPDX-License-Identifier: MIT
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { fail, ok, type Result } from '../base/result.ts';
import { Observer, OBSERVER, Query } from './observer.ts';

export interface Login {
  readonly port: number;
  readonly userKey: string;
  /** base64 of the host's public key. */
  readonly hostKey: string;
}

/** How a command in the guest ended. */
export type ExecEnd =
  | { readonly kind: 'exit'; readonly status: number }
  /** Without the SIG: KILL. */
  | { readonly kind: 'signal'; readonly signal: string }
  /** The host's deadline passed. */
  | { readonly kind: 'deadline' }
  /** The connection went away, or the channel closed without a status. */
  | { readonly kind: 'lost' };

export interface Exec {
  readonly end: ExecEnd;
  /** stdout and stderr in the order they came, as UTF-8. */
  readonly output: string;
  /** stdout alone. */
  readonly stdout: string;
  /** More came than is kept; the command was killed. */
  readonly flooded: boolean;
}

/** More than this a program may not print, in bytes. */
export const OUTPUT_LIMIT = 1024 * 1024;

/** A try that says nothing for this long is given up; QEMU accepts long before dropbear listens. */
const READY_MS = 3000;

/** The first is what an emulated processor is fastest at; a dropbear may lack it. */
const CIPHERS: ssh2.CipherAlgorithm[] = ['chacha20-poly1305@openssh.com', 'aes128-ctr'];

/** Another try may find it ready. */
const NOT_READY = { code: 'ssh-not-ready' } as const;

const tryOnce = (login: Login, signal: AbortSignal): Promise<Result<Client>> =>
  new Promise((resolve) => {
    const client = new ssh2.Client();
    const stop = (): void => {
      client.destroy();
      resolve(fail('environment', 'SSH: given up', NOT_READY));
    };
    signal.addEventListener('abort', stop, { once: true });
    // Two writes make a packet: by default the second waits for the first's
    // acknowledgement, which QEMU's side puts off for 40 ms each time.
    client.on('connect', () => client.setNoDelay());
    client.on('ready', () => {
      signal.removeEventListener('abort', stop);
      resolve(ok(client));
    });
    client.on('error', (error) => {
      signal.removeEventListener('abort', stop);
      client.destroy();
      const { level } = error as { level?: string };
      const early = ['client-socket', 'protocol', 'client-timeout'].includes(level ?? '');
      const why = early ? NOT_READY : ({ code: 'ssh-refused' } as const);
      resolve(fail('environment', `SSH: ${error.message}`, why));
    });
    client.on('close', () => {
      resolve(fail('environment', 'SSH: closed', NOT_READY));
    });
    client.connect({
      host: '127.0.0.1',
      port: login.port,
      username: 'root',
      privateKey: login.userKey,
      // Asking first which ways in there are costs a slow guest a turn.
      authHandler: ['publickey'],
      algorithms: { cipher: CIPHERS },
      hostVerifier: (key: Buffer) => key.toString('base64') === login.hostKey,
      readyTimeout: READY_MS,
      keepaliveInterval: 2000,
      keepaliveCountMax: 5,
    });
  });

/** An SSH connection to a guest, over which all commands of a boot go. */
export class Connection {
  readonly #client: Client;
  #lost = false;
  #observer: Promise<Observer | undefined> | undefined;
  readonly #losers = new Set<() => void>();

  private constructor(client: Client) {
    this.#client = client;
    client.on('close', () => {
      this.#lost = true;
      for (const lose of this.#losers) lose();
    });
    client.on('error', () => undefined);
  }

  /**
   * Connects, trying again while the guest is not listening yet, until the
   * signal. Fails at once where the key or the host's key is refused.
   */
  static async open(login: Login, signal: AbortSignal): Promise<Result<Connection>> {
    while (!signal.aborted) {
      const client = await tryOnce(login, signal);
      if (client.ok) return ok(new Connection(client.value));
      if (client.failure.code !== NOT_READY.code) return client;
    }
    return fail('environment', 'SSH never came up', NOT_READY);
  }

  /** Runs a command of the guest's shell to its end; never throws for what it does. */
  exec(
    command: string,
    options: { readonly stdin?: Uint8Array; readonly seconds: number },
  ): Promise<Exec> {
    return new Promise((resolve) => {
      if (this.#lost) {
        resolve({ end: { kind: 'lost' }, output: '', stdout: '', flooded: false });
        return;
      }
      const all: Buffer[] = [];
      const out: Buffer[] = [];
      let bytes = 0;
      let flooded = false;
      let end: ExecEnd = { kind: 'lost' };
      let cancel = (): void => undefined;
      const finish = (): void => {
        clearTimeout(timer);
        this.#losers.delete(lose);
        resolve({
          end,
          output: Buffer.concat(all).toString('utf8'),
          stdout: Buffer.concat(out).toString('utf8'),
          flooded,
        });
      };
      const lose = (): void => {
        finish();
      };
      const timer = setTimeout(() => {
        end = { kind: 'deadline' };
        cancel();
        finish();
      }, options.seconds * 1000);
      this.#losers.add(lose);
      const began = (error: Error | undefined, stream: ClientChannel): void => {
        if (error) {
          finish();
          return;
        }
        cancel = () => {
          stream.signal('KILL');
          stream.destroy();
        };
        const take = (chunk: Buffer, stdout: boolean): void => {
          bytes += chunk.length;
          if (bytes > OUTPUT_LIMIT) {
            flooded = true;
            cancel();
            finish();
            return;
          }
          all.push(chunk);
          if (stdout) out.push(chunk);
        };
        stream.on('data', (chunk: Buffer) => {
          take(chunk, true);
        });
        stream.stderr.on('data', (chunk: Buffer) => {
          take(chunk, false);
        });
        stream.on('exit', (status: number | null, signal?: string) => {
          end =
            status === null
              ? { kind: 'signal', signal: (signal ?? 'unknown').replace(/^SIG/, '') }
              : { kind: 'exit', status };
        });
        // Not on exit: output may still come after it.
        stream.on('close', finish);
        stream.end(options.stdin ?? Buffer.alloc(0));
      };
      try {
        this.#client.exec(command, began);
      } catch {
        // ssh2 throws between the socket's end and its close.
        finish();
      }
    });
  }

  /**
   * What the guest's observer answers; undefined where it does not in time. The one
   * that is asked stays; where it is gone, another answers this once.
   */
  async ask(requests: readonly string[], seconds: number): Promise<string | undefined> {
    const observer = await (this.#observer ??= this.#startObserver());
    const answer = await observer?.ask(new Query(requests), seconds);
    if (answer !== undefined || this.#lost) return answer;
    const query = new Query(requests);
    const { stdout } = await this.exec(OBSERVER, { stdin: Buffer.from(query.text), seconds });
    const found = query.answerIn(stdout);
    return typeof found === 'string' ? undefined : found.answer;
  }

  #startObserver(): Promise<Observer | undefined> {
    return new Promise((resolve) => {
      this.#losers.add(() => resolve(undefined));
      try {
        this.#client.exec(OBSERVER, (error, stream) =>
          resolve(error ? undefined : new Observer(stream)),
        );
      } catch {
        resolve(undefined);
      }
    });
  }

  close(): void {
    this.#client.end();
    this.#client.destroy();
  }
}
