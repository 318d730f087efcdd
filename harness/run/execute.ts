// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { Image } from '../guest/image.ts';
import { findReports, type KernelReport } from '../kernel-log/reports.ts';
import type { Machine } from '../vm/machine.ts';
import type { Attribute } from './attribute.ts';
import { boot, type BootFailure, type Booted } from './boot.ts';
import type { Program } from './plan.ts';
import { runProgram } from './program.ts';
import type { ProgramResult } from './result.ts';
import type { RunOptions } from './run-plan.ts';

export interface ExecuteWanted extends Omit<
  RunOptions,
  'accelerator' | 'cpus' | 'memoryMiB' | 'append'
> {
  readonly machine: Machine;
  readonly image: Image;
  readonly plan: readonly Program[];
  /** The programs packed by pack.ts. */
  readonly archive: Uint8Array;
  readonly attribute: Attribute;
}

export interface Executed {
  readonly programs: readonly ProgramResult[];
  readonly strayReports: readonly KernelReport[];
  /** The base kernel's own, not counted. */
  readonly baseReports: readonly KernelReport[];
  readonly argv: readonly string[];
  readonly stopped: Stopped | undefined;
}

/** Why programs were left not-run, and whose fault that is. */
export interface Stopped {
  readonly by: 'kernel' | 'environment';
  readonly what: string;
  readonly detail: string;
}

/** A booted VM, how far its log has been read, and its taint by now. */
type Current = Booted & { readTo: number; taintNow: number };

/**
 * Runs a plan: all programs in one VM until one leaves a mark, then the rest in
 * a fresh boot. What could not run stays `not-run`.
 */
export const execute = async (context: Context, wanted: ExecuteWanted): Promise<Executed> => {
  const results = new Map<string, ProgramResult>();
  const stray: KernelReport[] = [];
  const base: KernelReport[] = [];
  let argv: readonly string[] = [];
  let stopped: Stopped | undefined;
  let boots = 0;
  let current: Current | undefined;
  /** What the kernel said since the last program is nobody's: it fails the run. */
  const readStray = async (vm: Current): Promise<boolean> => {
    const reports = findReports(vm.vm.console.since(vm.readTo));
    vm.readTo = vm.vm.console.position;
    return addStray(reports);
  };
  const addStray = async (reports: readonly KernelReport[]): Promise<boolean> => {
    const attributed = await wanted.attribute(reports);
    stray.push(...attributed.counted);
    base.push(...attributed.base);
    return attributed.counted.length > 0;
  };
  const leave = async (): Promise<void> => {
    if (!current) return;
    current.ssh.close();
    await current.vm.destroy();
    await readStray(current);
    current = undefined;
  };
  try {
    for (const program of wanted.plan) {
      if (stopRequested(context)) break;
      // A kernel that has reported something runs nothing more.
      if (current && (await readStray(current))) await leave();
      if (!current) {
        const next = await bootAndSend(context, wanted, ++boots);
        if (!next.ok) {
          const { what, detail = '' } = next.failure;
          stopped = { by: 'environment', what, detail };
          break;
        }
        const reported = await addStray(next.value.reports);
        if ('what' in next.value) {
          const { what, lastLines } = next.value;
          ({ argv } = next.value);
          stopped = { by: 'kernel', what, detail: lastLines.join('\n') };
          break;
        }
        if (!reported) stray.push(...next.value.doubts);
        ({ argv } = next.value.vm);
        current = { ...next.value, taintNow: next.value.taint };
      }
      context.emit({ type: 'program', reason: 'begin', name: program.name });
      const { result, clean, taint, readTo, baseReports } = await runProgram(current, program, {
        from: current.readTo,
        timeout: program.timeout === undefined ? wanted.timeout : program.timeout * wanted.slower,
        environment: wanted.environment,
        taint: current.taintNow,
        boot: boots,
        directory: wanted.directory,
        attribute: wanted.attribute,
      });
      base.push(...baseReports);
      current.readTo = readTo;
      current.taintNow = taint;
      if (stopRequested(context)) break;
      results.set(program.name, result);
      const { outcome, milliseconds, why } = result;
      context.emit({
        type: 'program',
        reason: 'end',
        name: program.name,
        outcome,
        milliseconds,
        ...(why === undefined ? {} : { why }),
      });
      if (!clean) await leave();
    }
  } finally {
    await leave();
  }
  return {
    programs: wanted.plan.map((program) => results.get(program.name) ?? notRun(program, stopped)),
    strayReports: stray,
    baseReports: base,
    argv,
    stopped,
  };
};

/** The signal changes while a program runs. */
const stopRequested = (context: Context): boolean => context.signal.aborted;

const notRun = (program: Program, stopped: Stopped | undefined): ProgramResult => ({
  name: program.name,
  outcome: 'not-run',
  why: stopped?.what ?? 'the run was stopped before',
  milliseconds: 0,
  results: [],
  reports: [],
  boot: 0,
});

const bootAndSend = (
  context: Context,
  wanted: ExecuteWanted,
  number: number,
): Promise<Result<Booted | BootFailure>> =>
  step<Booted | BootFailure>(
    context,
    'boot',
    number === 1 ? 'boot' : `boot ${number}, after a mark was left`,
    async () => {
      const consoleFile = join(wanted.directory, `console-${number}.log`);
      const booted = await boot(
        context,
        wanted.machine,
        wanted.image,
        consoleFile,
        wanted.bootTimeout,
      );
      if (!booted.ok) return booted;
      if ('what' in booted.value)
        return ok({ value: booted.value, cached: false, note: 'it did not come up' });
      const { ssh, vm } = booted.value;
      const sent = await ssh.exec('tar -xz -C /tests', { stdin: wanted.archive, seconds: 60 });
      if (sent.end.kind !== 'exit' || sent.end.status !== 0) {
        ssh.close();
        const dead = vm.gone.aborted;
        await vm.destroy();
        if (dead && (await vm.ended).killedFromOutside)
          return fail('environment', 'QEMU was killed from outside');
        const lines = vm.console.since(0);
        const failure: BootFailure = {
          what: `the guest did not take the programs: ${sent.output.slice(-200) || sent.end.kind}`,
          reports: findReports(lines),
          lastLines: lines.slice(-20),
          argv: vm.argv,
        };
        return ok({ value: failure, cached: false, note: 'it did not take the programs' });
      }
      return ok({
        value: booted.value,
        cached: false,
        note: `${wanted.machine.accelerator}, SSH after ${(booted.value.milliseconds / 1000).toFixed(1)} s`,
      });
    },
  );
