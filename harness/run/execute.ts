// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import type { KernelReport } from '../kernel-log/reports.ts';
import { findReports } from '../kernel-log/reports.ts';
import type { Attribute } from './attribute.ts';
import type { BootFailure } from './boot.ts';
import type { Cargoes } from './pack.ts';
import type { Program } from './plan.ts';
import { runProgram, type Used } from './program.ts';
import type { ProgramResult } from './result.ts';
import type { RunOptions } from './run-plan.ts';
import type { NameOf } from './stuck.ts';
import type { Vms } from './vms.ts';

export interface ExecuteWanted extends Pick<
  RunOptions,
  'timeout' | 'slower' | 'environment' | 'directory' | 'isolate' | 'jobs'
> {
  readonly vms: Vms;
  readonly plan: readonly Program[];
  /** The plan in the order in which programs are begun. */
  readonly order: readonly Program[];
  readonly cargoes: Cargoes;
  readonly attribute: Attribute;
  readonly nameOf: NameOf;
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

/**
 * Runs a plan in one VM, or in several side by side: each takes the next program
 * that is waiting, until one leaves a mark in its VM; then it takes a fresh one.
 * What could not run stays `not-run`. Results come in the order of the plan.
 */
export const execute = async (context: Context, wanted: ExecuteWanted): Promise<Executed> => {
  const ledger = new Ledger(wanted.attribute);
  const waiting = [...wanted.order];
  const lane = (): Promise<void> => runLane(context, wanted, waiting, ledger);
  await Promise.all(Array.from({ length: Math.min(wanted.jobs, waiting.length) }, lane));
  const { stopped } = ledger;
  return {
    programs: wanted.plan.map(
      (program) => ledger.results.get(program.name) ?? notRun(program, stopped),
    ),
    strayReports: ledger.stray,
    baseReports: ledger.base,
    argv: ledger.argv,
    stopped,
  };
};

/** What all lanes write into. */
class Ledger {
  readonly results = new Map<string, ProgramResult>();
  readonly stray: KernelReport[] = [];
  readonly base: KernelReport[] = [];
  argv: readonly string[] = [];
  stopped: Stopped | undefined;
  readonly #attribute: Attribute;

  constructor(attribute: Attribute) {
    this.#attribute = attribute;
  }

  /** What the kernel said outside any program is nobody's: it fails the run. True where it counts. */
  async addStray(reports: readonly KernelReport[]): Promise<boolean> {
    const attributed = await this.#attribute(reports);
    this.stray.push(...attributed.counted);
    this.base.push(...attributed.base);
    return attributed.counted.length > 0;
  }
}

const runLane = async (
  context: Context,
  wanted: ExecuteWanted,
  waiting: Program[],
  ledger: Ledger,
): Promise<void> => {
  let used: Used | undefined;
  /** Why the next program gets a fresh VM. */
  let why: string | undefined;
  const leave = async (): Promise<void> => {
    if (!used) return;
    const { booted } = used;
    booted.ssh.close();
    await booted.vm.destroy();
    await ledger.addStray(findReports(booted.vm.console.since(used.readTo)));
    used = undefined;
  };
  try {
    for (;;) {
      // A kernel that has reported something runs nothing more.
      if (used && (await readStray(used, ledger))) {
        why = 'the kernel has reported something';
        await leave();
      }
      const program = ledger.stopped || context.signal.aborted ? undefined : waiting.shift();
      if (!program) break;
      used ??= await fresh(wanted.vms, ledger, why);
      if (!used) break;
      context.emit({ type: 'program', reason: 'begin', name: program.name });
      const { result, mark, baseReports } = await runProgram(used, program, {
        cargo: wanted.cargoes.get(program.name),
        timeout: program.timeout === undefined ? wanted.timeout : program.timeout * wanted.slower,
        environment: wanted.environment,
        directory: wanted.directory,
        attribute: wanted.attribute,
        nameOf: wanted.nameOf,
      });
      ledger.base.push(...baseReports);
      if (stopRequested(context)) break;
      ledger.results.set(program.name, result);
      emitEnd(context, result);
      why =
        mark === undefined ? (wanted.isolate ? 'isolated' : undefined) : `${program.name}: ${mark}`;
      if (why !== undefined) await leave();
    }
  } finally {
    await leave();
  }
};

/** A VM from the source; undefined, and the run stopped, where none comes up. */
const fresh = async (
  vms: Vms,
  ledger: Ledger,
  why: string | undefined,
): Promise<Used | undefined> => {
  const next = await vms.next(why);
  if (!next.ok) {
    const { what, detail = '' } = next.failure;
    ledger.stopped ??= { by: 'environment', what, detail };
    return undefined;
  }
  const { booted, number } = next.value;
  const reported = await ledger.addStray(booted.reports);
  if ('what' in booted) {
    ledger.argv = booted.argv;
    ledger.stopped ??= { by: 'kernel', what: booted.what, detail: lastWords(booted) };
    return undefined;
  }
  if (!reported) ledger.stray.push(...booted.doubts);
  ledger.argv = booted.vm.argv;
  return { booted, number, readTo: booted.readTo, state: booted.state, helpers: new Set() };
};

const lastWords = ({ stuck, lastLines }: BootFailure): string =>
  [...lastLines, ...(stuck?.processors ?? []), ...(stuck?.tasks ?? [])].join('\n');

const readStray = (used: Used, ledger: Ledger): Promise<boolean> => {
  const { console } = used.booted.vm;
  const reports = findReports(console.since(used.readTo));
  used.readTo = console.position;
  return ledger.addStray(reports);
};

/** The signal changes while a program runs. */
const stopRequested = (context: Context): boolean => context.signal.aborted;

const emitEnd = (context: Context, { name, outcome, milliseconds, why }: ProgramResult): void =>
  context.emit({
    type: 'program',
    reason: 'end',
    name,
    outcome,
    milliseconds,
    ...(why === undefined ? {} : { why }),
  });

const notRun = (program: Program, stopped: Stopped | undefined): ProgramResult => ({
  name: program.name,
  outcome: 'not-run',
  why: stopped?.what ?? 'the run was stopped before',
  milliseconds: 0,
  results: [],
  reports: [],
  boot: 0,
});
