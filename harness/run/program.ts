// SPDX-License-Identifier: MIT
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { OUTCOMES } from '../base/outcome.ts';
import { findReports, hasHoles, type KernelReport } from '../kernel-log/reports.ts';
import { readKtap } from '../ktap/read.ts';
import type { Attribute } from './attribute.ts';
import type { Booted } from './boot.ts';
import { judge } from './judge.ts';
import type { Program } from './plan.ts';
import type { ProgramResult } from './result.ts';

/** The guest's own kill must have come by then, in seconds after the program's deadline. */
const KILL_GRACE_S = 10;
/** The end marker must come over the serial line within this time. */
const MARKER_MS = 10_000;
/** QEMU's end may be noticed a little after the connection's. */
const DYING_MS = 1000;

export interface ProgramRun {
  readonly result: ProgramResult;
  /** The VM can be trusted with another program. */
  readonly clean: boolean;
  readonly taint: number;
  /** How far into the console's lines the verdict looked. */
  readonly readTo: number;
  readonly baseReports: readonly KernelReport[];
}

/** The random value is made when the marker is written: no program can know it before. */
const marker = (which: 'begin' | 'end', name: string): string =>
  `kbt-${which} ${name} ${randomBytes(8).toString('hex')}`;

/**
 * Debug level, the lowest: a program that has silenced the console has silenced
 * the marker with it, and a log without its marker is never a pass.
 */
const write = (text: string): string => `echo '<7>${text}' >/dev/kmsg`;

/** A word of the shell's, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * What the guest's shell runs. A suite runs when its file `run` is written; one
 * for the time of boot alone has none, and its results are those of this boot
 * (lib/kunit/debugfs.c).
 */
const commandOf = (
  { name, kind }: Program,
  timeout: number,
  environment: Readonly<Record<string, string>>,
): string => {
  if (kind === 'kunit') {
    const suite = name.replace(/^kunit\./, '');
    const missing = `Bail out! this kernel has no KUnit suite ${suite}`;
    return `cd /sys/kernel/debug/kunit/${suite} || { echo '${missing}'; exit 1; }; if [ -e run ]; then echo 1 >run || exit; fi; exec cat results`;
  }
  const variables = Object.entries(environment).map(([key, value]) => ` ${key}=${quoted(value)}`);
  return `cd /tmp; exec env${variables.join('')} timeout -s KILL ${timeout} /tests/${name}`;
};

/** Runs one program in a booted VM. Its deadline is the guest's; ours is behind it. */
export const runProgram = async (
  { vm, ssh }: Booted,
  program: Program,
  options: {
    /** Where in the console's lines the program's part begins. */
    readonly from: number;
    /** Seconds until the guest kills it. */
    readonly timeout: number;
    readonly environment: Readonly<Record<string, string>>;
    readonly taint: number;
    readonly boot: number;
    readonly directory: string;
    readonly attribute: Attribute;
  },
): Promise<ProgramRun> => {
  const { name } = program;
  const { from, timeout } = options;
  const began = performance.now();
  const exec = await ssh.exec(
    `${write(marker('begin', name))}; ${commandOf(program, timeout, options.environment)}`,
    { seconds: timeout + KILL_GRACE_S },
  );
  const milliseconds = Math.round(performance.now() - began);

  const last = marker('end', name);
  const after = await ssh.exec(`${write(last)}; cat /proc/sys/kernel/tainted`, { seconds: 10 });
  const asked = Number(after.stdout.trim() || Number.NaN);
  const marked =
    after.end.kind === 'exit' && (await vm.console.waitFor(last, MARKER_MS, vm.gone, from));
  if (!marked && !vm.gone.aborted) await goneWithin(vm.gone, DYING_MS);
  const vmEnd = vm.gone.aborted ? await vm.ended : undefined;

  const readTo = vm.console.position;
  const log = vm.console.since(from);
  // Not stderr: over SSH the two have no order, and a line of one may cut the other's.
  const ktap = readKtap(exec.stdout);
  const { counted: reports, base: baseReports } = await options.attribute(findReports(log));
  const verdict = judge({
    end: exec.end,
    seconds: milliseconds / 1000,
    timeout,
    ktap,
    flooded: exec.flooded,
    reports,
    logComplete: marked && !Number.isNaN(asked) && vm.console.whole && !hasHoles(log),
    newTaint: Number.isNaN(asked) ? 0 : asked & ~options.taint,
    vmEnd,
  });
  const output = `${name}.out`;
  await writeFile(join(options.directory, output), exec.output);
  return {
    taint: Number.isNaN(asked) ? options.taint : asked,
    readTo,
    baseReports,
    clean: marked && reports.length === 0 && ['pass', 'fail', 'skip'].includes(verdict.outcome),
    result: {
      name,
      outcome: verdict.outcome,
      ...(OUTCOMES[verdict.outcome].tapOk && verdict.why === undefined ? {} : { why: verdict.why }),
      milliseconds,
      ...(exec.end.kind === 'exit' ? { status: exec.end.status } : {}),
      ...(exec.end.kind === 'signal' ? { signal: exec.end.signal } : {}),
      results: ktap.results,
      reports,
      output,
      boot: options.boot,
    },
  };
};

const goneWithin = (gone: AbortSignal, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    gone.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
