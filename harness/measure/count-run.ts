// SPDX-License-Identifier: MIT
import { watch } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { Context } from '../base/context.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Failure, type Result } from '../base/result.ts';
import { countingArgv, NANOSECONDS, type Counted } from '../vm/machine.ts';

/** What one guest told of itself; instructions and KiB. */
export interface Told {
  /** By probe: how many instructions it takes, or why this kernel cannot do it. */
  readonly probes: ReadonlyMap<string, number | string>;
  /** After boot: MemTotal, MemFree, Slab of /proc/meminfo. */
  readonly memory: ReadonlyMap<string, number>;
}

/** A guest that counts idles through its waits: it is as fast as its instructions. */
const DEADLINE_S = 120;

/**
 * Boots the probes and reads what they tell. Fails with `unbuildable` where the
 * kernel did not bring them to their end, with `environment` where QEMU cannot count.
 */
export const runProbes = async (context: Context, counted: Counted): Promise<Result<Told>> => {
  const ended = await run({
    argv: countingArgv(counted),
    capture: true,
    timeout: DEADLINE_S,
    orphaned: 'KILL',
    signal: context.signal,
  });
  if (context.signal.aborted) return fail('interrupted', 'interrupted');
  const lines = ended.stdout.toString().split(/\r?\n/);
  if (lines.includes('end')) return parseTold(lines);
  const said = ended.tail.filter((line) => /^qemu-system/.test(line));
  return {
    ok: false,
    failure: ended.missing || said.length > 0 ? notCounting(said) : await notTold(counted.console),
  };
};

const notCounting = (said: readonly string[]): Failure => ({
  kind: 'environment',
  what: 'QEMU does not count instructions here',
  detail: said.join('\n'),
  remedy: 'TCG with -icount is needed: install the full qemu-system-x86 of 6.0 or newer',
});

const notTold = async (console: string): Promise<Failure> => {
  const log = await readFile(console, 'utf8').catch(() => '');
  return {
    kind: 'unbuildable',
    what: 'the probes did not come to their end on this kernel',
    detail: log.split(/\r?\n/).slice(-15).join('\n'),
    remedy: 'does it pass boot-test?',
  };
};

/** Reads the lines of guest/probes/init.c and guest/include/probe.h. */
export const parseTold = (lines: readonly string[]): Result<Told> => {
  const probes = new Map<string, number | string>();
  const memory = new Map<string, number>();
  for (const line of lines) {
    const [, name = '', ticks, why] = /^probe (\S+) (?:(\d+)|cannot: (.*))$/.exec(line) ?? [];
    if (ticks !== undefined) probes.set(name, Number(ticks) / NANOSECONDS);
    else if (why !== undefined) probes.set(name, why);
    const [, key = '', kib] = /^memory (\S+) (\d+)$/.exec(line) ?? [];
    if (kib !== undefined) memory.set(key, Number(kib));
    const [, died, status] = /^died (\S+) (-?\d+)$/.exec(line) ?? [];
    if (died !== undefined)
      return fail('unbuildable', `the probes in ${died}.c died (wait status ${status ?? ''})`, {
        detail: lines.slice(-10).join('\n'),
      });
  }
  return ok({ probes, memory });
};

/** What the kernel's log says when it starts init, and dropbear there once it listens. */
const BOOTED = {
  'boot-to-init': /^\[ *(\d+)\.(\d{6})\] Run \/init as init process/m,
  'boot-to-ssh': /^\[ *(\d+)\.(\d{6})\].*Not backgrounding/m,
} as const;

/**
 * Boots the usual image until dropbear listens; gives instructions, as exact as
 * printk's microseconds. The log goes to a file: a pipe would have the guest wait.
 */
export const runBoot = async (
  context: Context,
  counted: Counted,
): Promise<Result<ReadonlyMap<string, number>>> => {
  const heard = new AbortController();
  await writeFile(counted.console, '');
  const read = (): Promise<string> => readFile(counted.console, 'utf8').catch(() => '');
  const watcher = watch(counted.console, () => {
    void read().then((log) => {
      if (BOOTED['boot-to-ssh'].test(log)) heard.abort();
    });
  });
  const ended = await run({
    argv: countingArgv(counted),
    timeout: DEADLINE_S,
    orphaned: 'KILL',
    signal: AbortSignal.any([context.signal, heard.signal]),
  });
  watcher.close();
  if (context.signal.aborted) return fail('interrupted', 'interrupted');
  const log = await read();
  const times = Object.entries(BOOTED).flatMap(([name, pattern]) => {
    const [, seconds, microseconds] = pattern.exec(log) ?? [];
    const ticks = Number(seconds) * 1_000_000 + Number(microseconds);
    return seconds === undefined ? [] : [[name, (ticks * 1000) / NANOSECONDS] as const];
  });
  return times.length === Object.keys(BOOTED).length
    ? ok(new Map(times))
    : fail('unbuildable', 'dropbear did not listen on this kernel', {
        detail: [...log.split(/\r?\n/).slice(-15), ...ended.tail].join('\n'),
      });
};
