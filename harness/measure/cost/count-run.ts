// SPDX-License-Identifier: MIT
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Failure, type Result } from '../../base/result.ts';
import { runCounted } from '../../vm/counted.ts';
import { NANOSECONDS, type Counted } from '../../vm/machine.ts';

/** What one guest told of itself; instructions and KiB. */
export interface Told {
  /** By probe: how many instructions it takes, or why this kernel cannot do it. */
  readonly probes: ReadonlyMap<string, number | string>;
  /** After boot: MemTotal, MemFree, Slab of /proc/meminfo. */
  readonly memory: ReadonlyMap<string, number>;
}

/**
 * Boots the probes and reads what they tell. Fails with `unbuildable` where the
 * kernel did not bring them to their end, with `environment` where QEMU cannot count.
 */
export const runProbes = async (context: Context, counted: Counted): Promise<Result<Told>> => {
  const ran = await runCounted(context, counted);
  if (!ran.ok) return ran;
  const { told, log, refusal } = ran.value;
  if (told.includes('end')) return parseTold(told);
  return { ok: false, failure: refusal ?? notTold(log) };
};

const notTold = (log: string): Failure => ({
  kind: 'unbuildable',
  code: 'unbuildable',
  what: 'the probes did not come to their end on this kernel',
  detail: log.split(/\r?\n/).slice(-15).join('\n'),
  remedy: 'does it pass boot-test?',
});

/** Reads the lines of guest/probes/init.c and guest/include/probe.h. */
export const parseTold = (lines: readonly string[]): Result<Told> => {
  const probes = new Map<string, number | string>();
  const memory = new Map<string, number>();
  for (const line of lines) {
    const [, name = '', ticks, why] = /^probe (\S+) (?:(\d+)|cannot: (.*))$/.exec(line) ?? [];
    const passed = Number(ticks) * ARCH.counter.nanoseconds;
    if (ticks !== undefined) probes.set(name, passed / NANOSECONDS);
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
 * printk's microseconds. Fails with `unbuildable` where it never does.
 */
export const runBoot = async (
  context: Context,
  counted: Counted,
): Promise<Result<ReadonlyMap<string, number>>> => {
  const ran = await runCounted(context, counted, BOOTED['boot-to-ssh']);
  if (!ran.ok) return ran;
  const { log, tail } = ran.value;
  const times = Object.entries(BOOTED).flatMap(([name, pattern]) => {
    const [, seconds, microseconds] = pattern.exec(log) ?? [];
    const ticks = Number(seconds) * 1_000_000 + Number(microseconds);
    return seconds === undefined ? [] : [[name, (ticks * 1000) / NANOSECONDS] as const];
  });
  return times.length === Object.keys(BOOTED).length
    ? ok(new Map(times))
    : fail('unbuildable', 'dropbear did not listen on this kernel', {
        detail: [...log.split(/\r?\n/).slice(-15), ...tail].join('\n'),
      });
};
