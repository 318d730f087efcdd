// SPDX-License-Identifier: MIT
import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../base/context.ts';
import { OUTCOMES } from '../base/outcome.ts';
import type { KernelReport } from '../kernel-log/reports.ts';
import { findReports } from '../kernel-log/reports.ts';
import type { Attribute } from './attribute.ts';
import type { BootFailure } from './boot.ts';
import { unexplained, type ExplainedReport } from './explain.ts';
import type { Cargoes } from './pack.ts';
import type { Machine } from '../vm/machine.ts';
import type { Program } from './plan.ts';
import type { ProgramNeeds } from './program-needs.ts';
import { runProgram, type Used } from './program.ts';
import type { ProgramResult } from './result.ts';
import type { RunOptions } from './run-plan.ts';
import type { NameOf } from './stuck.ts';
import { combine, type Turn } from './turns.ts';
import type { Vms } from './vms.ts';

export interface ExecuteWanted extends Pick<
  RunOptions,
  'timeout' | 'slower' | 'environment' | 'directory' | 'isolate' | 'jobs' | 'untilFail' | 'dump'
> {
  readonly vms: Vms;
  /** The machine of programs that ask for no other. */
  readonly machine: Machine;
  readonly plan: readonly Program[];
  /** Those that can run, in the order in which they are begun. */
  readonly turns: readonly Turn[];
  /** Why the others cannot, by name. */
  readonly unmet: ReadonlyMap<string, string>;
  readonly cargoes: Cargoes;
  readonly attribute: Attribute;
  readonly nameOf: NameOf;
}

export interface Executed {
  readonly programs: readonly ProgramResult[];
  readonly strayReports: readonly ExplainedReport[];
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
  const waiting = [...wanted.turns];
  const lane = (): Promise<void> => runLane(context, wanted, waiting, ledger);
  await Promise.all(Array.from({ length: Math.min(wanted.jobs, waiting.length) }, lane));
  const { stopped } = ledger;
  return {
    programs: wanted.plan.map(
      (program) =>
        combine(ledger.results.get(program.name) ?? []) ??
        unrun(program, wanted.unmet.get(program.name), stopped),
    ),
    strayReports: ledger.stray,
    baseReports: ledger.base,
    argv: ledger.argv,
    stopped,
  };
};

/** What all lanes write into. */
class Ledger {
  /** Of each program all runs, in order. */
  readonly results = new Map<string, ProgramResult[]>();
  readonly stray: ExplainedReport[] = [];
  readonly base: KernelReport[] = [];
  argv: readonly string[] = [];
  stopped: Stopped | undefined;
  readonly #attribute: Attribute;

  constructor(attribute: Attribute) {
    this.#attribute = attribute;
  }

  add(result: ProgramResult): void {
    const runs = this.results.get(result.name) ?? [];
    runs.push(result);
    this.results.set(result.name, runs);
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
  waiting: Turn[],
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
      const turn = ledger.stopped || context.signal.aborted ? undefined : waiting.shift();
      if (!turn) break;
      const { program, round } = turn;
      const { needs } = program;
      const machine = machineFor(wanted.machine, needs);
      if (used && (needs.isolate || !isDeepStrictEqual(used.machine, machine))) {
        why = `${program.name} wants ${needs.isolate ? 'one of its own' : 'another machine'}`;
        await leave();
      }
      used ??= await fresh(wanted.vms, machine, ledger, why);
      if (!used) break;
      context.emit({ type: 'program', reason: 'begin', name: program.name });
      const { result, mark, baseReports } = await runProgram(used, program, {
        cargo: wanted.cargoes.get(program.name),
        timeout: needs.timeout === undefined ? wanted.timeout : needs.timeout * wanted.slower,
        environment: wanted.environment,
        directory: wanted.directory,
        label: round === 1 ? program.name : `${program.name}.${round}`,
        attribute: wanted.attribute,
        nameOf: wanted.nameOf,
        dump: wanted.dump,
      });
      ledger.base.push(...baseReports);
      if (stopRequested(context)) break;
      ledger.add(result);
      emitEnd(context, result);
      if (wanted.untilFail && !OUTCOMES[result.outcome].tapOk) waiting.length = 0;
      const alone = wanted.isolate || needs.isolate ? 'isolated' : undefined;
      why = mark === undefined ? alone : `${program.name}: ${mark}`;
      if (why !== undefined) await leave();
    }
  } finally {
    await leave();
  }
};

const machineFor = (
  usual: Machine,
  { cpus, memoryMiB, append, devices }: ProgramNeeds,
): Machine => ({
  ...usual,
  cpus: cpus ?? usual.cpus,
  // What a variant asks for is asked by its kernel.
  memoryMiB: Math.max(memoryMiB ?? 0, usual.memoryMiB),
  append: [usual.append, append ?? ''].join(' ').trim(),
  devices: [...usual.devices, ...devices],
});

/** A VM from the source; undefined, and the run stopped, where none comes up. */
const fresh = async (
  vms: Vms,
  machine: Machine,
  ledger: Ledger,
  why: string | undefined,
): Promise<Used | undefined> => {
  const next = await vms.next(machine, why);
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
  if (!reported) ledger.stray.push(...booted.doubts.map(unexplained));
  ledger.argv = booted.vm.argv;
  const { readTo, state } = booted;
  return { machine, booted, number, readTo, state, helpers: new Set() };
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

/** It is skipped where its needs are not met, and else not-run. */
const unrun = (
  { name }: Program,
  unmet: string | undefined,
  stopped: Stopped | undefined,
): ProgramResult => ({
  name,
  outcome: unmet === undefined ? 'not-run' : 'skip',
  why: unmet ?? stopped?.what ?? 'the run was stopped before',
  milliseconds: 0,
  results: [],
  reports: [],
  boot: 0,
});
