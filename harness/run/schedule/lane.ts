// SPDX-License-Identifier: MIT
import { isDeepStrictEqual } from 'node:util';
import { about, type Context } from '../../base/context.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { findReports } from '../../kernel-log/reports.ts';
import type { Machine } from '../../vm/machine.ts';
import type { BootFailure } from '../guest/boot.ts';
import { unexplained } from '../program/explain.ts';
import type { Ledger } from './ledger.ts';
import { machineOf, specFor, type BootFiles } from '../guest/machine.ts';
import type { Attribute } from '../program/attribute.ts';
import type { Cargoes } from '../tests/pack.ts';
import type { Program } from '../tests/plan.ts';
import type { NameOf } from '../guest/stuck.ts';
import type { Witness } from '../guest/witness.ts';
import { runProgram } from '../program/program.ts';
import type { ProgramResult } from '../result/program-result.ts';
import { deadlinesOf, type RunSpec } from '../spec.ts';
import type { Turn } from '../tests/turns.ts';
import type { Used } from '../guest/used.ts';
import type { Vms } from '../guest/vms.ts';

/** What programs are run with. */
export interface ExecuteOptions {
  readonly spec: RunSpec;
  readonly files: BootFiles;
  /** So many VMs at once. */
  readonly jobs: number;
  readonly vms: Vms;
  readonly plan: readonly Program[];
  /** Those that can run, in the order in which they are begun. */
  readonly turns: readonly Turn[];
  /** Why the others cannot, by name. */
  readonly unmet: ReadonlyMap<string, string>;
  readonly cargoes: Cargoes;
  readonly attribute: Attribute;
  readonly nameOf: NameOf;
  readonly witness: Witness | undefined;
}

/** Runs the programs that wait, one after the other, in a VM or several in turn. */
export const runLane = async (
  context: Context,
  wanted: ExecuteOptions,
  waiting: Turn[],
  ledger: Ledger,
): Promise<void> => {
  const { spec } = wanted;
  const { tests, policy, output } = spec;
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
      const machine = machineOf(specFor(spec, needs), wanted.files);
      if (used && (needs.isolate || !isDeepStrictEqual(used.machine, machine))) {
        why = `${program.name} wants ${needs.isolate ? 'one of its own' : 'another machine'}`;
        await leave();
      }
      if (!used) {
        used = await fresh(wanted.vms, machine, ledger, why);
        if (!used) break;
        await wanted.witness?.begin(used.booted.vm);
      }
      const one = about(context, { vm: used.number, iteration: round });
      one.emit({ type: 'program', reason: 'begin', name: program.name });
      const { result, began, mark, baseReports } = await runProgram(used, program, {
        cargo: wanted.cargoes.get(program.name),
        timeout:
          needs.timeout === undefined ? deadlinesOf(spec).timeout : needs.timeout * tests.slower,
        environment: tests.environment,
        directory: output.directory,
        label: round === 1 ? program.name : `${program.name}.${round}`,
        attribute: wanted.attribute,
        nameOf: wanted.nameOf,
        dump: policy.dump,
      });
      ledger.base.push(...baseReports);
      // Who was here before it may have left a guest that takes nobody: nothing is known of it.
      if (used.worn && !began && result.outcome === 'error') {
        why = 'it took no more programs';
        waiting.unshift(turn);
        await leave();
        continue;
      }
      await wanted.witness?.after(used.booted.vm, program.name);
      used.worn = true;
      if (stopRequested(context)) break;
      ledger.add(result);
      emitEnd(one, result);
      if (policy.untilFail && !OUTCOMES[result.outcome].tapOk) waiting.length = 0;
      const alone = policy.isolate || needs.isolate ? 'isolated' : undefined;
      why = mark === undefined ? alone : `${program.name}: ${mark}`;
      if (why !== undefined) await leave();
    }
  } finally {
    await leave();
  }
};

/** A VM from the source; undefined, and the run stopped, where none comes up. */
const fresh = async (
  vms: Vms,
  machine: Machine,
  ledger: Ledger,
  why: string | undefined,
): Promise<Used | undefined> => {
  const next = await vms.next(machine, why);
  if (!next.ok) {
    const { code, what, detail = '' } = next.failure;
    ledger.stopped ??= { by: 'environment', code, what, detail };
    return undefined;
  }
  const { booted, number } = next.value;
  const reported = await ledger.addStray(booted.reports);
  if (booted.kind === 'no-boot') {
    ledger.argv = booted.argv;
    const { code, what } = booted;
    ledger.stopped ??= { by: 'kernel', code, what, detail: lastWords(booted) };
    return undefined;
  }
  if (!reported) ledger.stray.push(...booted.doubts.map(unexplained));
  ledger.argv = booted.vm.argv;
  const { readTo, state } = booted;
  return { machine, booted, number, readTo, state, worn: false, helpers: new Set() };
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
