// SPDX-License-Identifier: MIT
import { watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { ARCH } from '../arch/host.ts';
import { interrupted, type Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import { countingArgv, QEMU, type Counted } from './machine.ts';

/** Such a guest skips its waits: it is as fast as its instructions. */
const DEADLINE_S = 120;

/** What a VM leaves whose clock counted instructions. */
export interface CountedRun {
  /** The lines of its second serial line. */
  readonly told: readonly string[];
  /** The kernel's log. */
  readonly log: string;
  /** The last lines of QEMU and of {@link told}. */
  readonly tail: readonly string[];
  /** Where QEMU is missing or said something: why it may not have counted. */
  readonly refusal: Failure | undefined;
}

/**
 * Runs a VM whose clock counts instructions, to its end or until the kernel's log has the
 * line that the caller looks for. Fails only with `interrupted`; the caller decides what the
 * rest means. The log goes to a file, because a guest would wait for a pipe.
 */
export const runCounted = async (
  context: Context,
  counted: Counted,
  until?: RegExp,
): Promise<Result<CountedRun>> => {
  const heard = new AbortController();
  await writeFile(counted.console, '');
  const read = (): Promise<string> => readFile(counted.console, 'utf8').catch(() => '');
  const watcher =
    until &&
    watch(counted.console, () => {
      void read().then((log) => {
        if (until.test(log)) heard.abort();
      });
    });
  const ended = await run({
    argv: countingArgv(counted),
    capture: true,
    timeout: DEADLINE_S,
    orphaned: 'KILL',
    signal: AbortSignal.any([context.signal, heard.signal]),
  });
  watcher?.close();
  if (context.signal.aborted) return interrupted();
  // At its deadline it tells who ended it: then the guest is to blame, and not QEMU.
  const said = ended.timedOut ? [] : ended.tail.filter((line) => line.startsWith(QEMU));
  return ok({
    told: ended.stdout.toString().split(/\r?\n/),
    log: await read(),
    tail: ended.tail,
    refusal: ended.missing || said.length > 0 ? notCounting(said) : undefined,
  });
};

const notCounting = (said: readonly string[]): Failure => ({
  kind: 'environment',
  code: 'qemu-not-counting',
  what: 'QEMU does not count instructions here',
  detail: said.join('\n'),
  remedy: `TCG with -icount is needed: install the full ${ARCH.qemu.package} of 6.0 or newer`,
});

/** The number of QEMU's interface for plugins, for which one is compiled. */
export const pluginApi = async ({ signal }: Context): Promise<number> => {
  const asked = await run({ argv: [QEMU, '--version'], capture: true, signal });
  const version = /version (\d+)\./.exec(asked.stdout.toString())?.[1];
  // Each QEMU takes a range of them.
  return Number(version ?? 0) >= 9 ? 2 : 1;
};
