// SPDX-License-Identifier: MIT
import { isDeepStrictEqual } from 'node:util';
import { about, type Context } from '../../base/context.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { findReports } from '../../kernel-log/reports.ts';
import type { Machine } from '../../vm/machine.ts';
import type { BootFailure } from '../guest/boot.ts';
import { unexplained } from '../program/explain.ts';
import type { RunRecorder } from './run-recorder.ts';
import { machineOf, specFor, type BootFiles } from '../guest/machine.ts';
import type { Attribute } from '../program/attribute.ts';
import type { SentModule } from '../tests/modules.ts';
import type { ProgramPayloads } from '../tests/pack.ts';
import type { Program } from '../tests/plan.ts';
import type { NameOf } from '../guest/hang-diagnostics.ts';
import type { VmObserver } from '../guest/vm-observer.ts';
import { findsLeaks } from '../program/module-leaks.ts';
import { runProgram } from '../program/program.ts';
import type { ProgramResult } from '../result/program-result.ts';
import { deadlinesOf, type RunSpec } from '../spec.ts';
import type { ProgramRun } from '../tests/program-runs.ts';
import type { RunningVm } from '../guest/running-vm.ts';
import type { Vms } from '../guest/vms.ts';

/** What programs are run with. */
export interface ExecuteOptions {
  readonly spec: RunSpec;
  readonly files: BootFiles;
  /** How many VMs run at once. */
  readonly jobs: number;
  readonly vms: Vms;
  readonly plan: readonly Program[];
  /** The runs of the programs that can run, in the order in which they begin. */
  readonly runs: readonly ProgramRun[];
  /** Why the other programs cannot run, by name. */
  readonly unmet: ReadonlyMap<string, string>;
  readonly payloads: ProgramPayloads;
  /** What is loaded before programs, by their names. */
  readonly modules: ReadonlyMap<string, readonly SentModule[]>;
  readonly attribute: Attribute;
  readonly nameOf: NameOf;
  readonly observer: VmObserver | undefined;
}

/** Runs the programs that wait, one after the other, in one VM after another. */
export const runWorker = async (
  context: Context,
  options: ExecuteOptions,
  waiting: ProgramRun[],
  recorder: RunRecorder,
): Promise<void> => {
  const { spec } = options;
  const { tests, policy, output } = spec;
  let used: RunningVm | undefined;
  /** Why the next program gets a fresh VM. */
  let why: string | undefined;
  const leave = async (): Promise<void> => {
    if (!used) return;
    const { booted } = used;
    booted.ssh.close();
    await booted.vm.destroy();
    await recorder.addStray(findReports(booted.vm.console.since(used.readTo)));
    used = undefined;
  };
  try {
    for (;;) {
      // A kernel that has reported something runs no other program.
      if (used && (await readStray(used, recorder))) {
        why = 'the kernel has reported something';
        await leave();
      }
      const run = recorder.stopped || context.signal.aborted ? undefined : waiting.shift();
      if (!run) break;
      const { program, round } = run;
      const { needs } = program;
      const machine = machineOf(specFor(spec, needs), options.files);
      // kmemleak tells what was lost since the boot: an earlier program's would be this one's.
      const alone = needs.isolate || (needs.modules.length > 0 && findsLeaks(spec.kernel));
      if (used && (alone || !isDeepStrictEqual(used.machine, machine))) {
        why = `${program.name} wants ${alone ? 'one of its own' : 'another machine'}`;
        await leave();
      }
      if (!used) {
        used = await fresh(options.vms, machine, recorder, why);
        if (!used) break;
        await options.observer?.begin(used.booted.vm);
      }
      const one = about(context, { vm: used.number, iteration: round });
      one.emit({ type: 'program', reason: 'begin', name: program.name });
      const { result, began, contamination, baseReports } = await runProgram(used, program, {
        payload: options.payloads.get(program.name),
        modules: options.modules.get(program.name) ?? [],
        findsLeaks: findsLeaks(spec.kernel),
        timeout:
          needs.timeout === undefined ? deadlinesOf(spec).timeout : needs.timeout * tests.slower,
        environment: tests.environment,
        directory: output.directory,
        label: round === 1 ? program.name : `${program.name}.${round}`,
        attribute: options.attribute,
        nameOf: options.nameOf,
        dump: policy.dump,
      });
      recorder.base.push(...baseReports);
      // An earlier program may have left a guest that starts no other: then nothing is known of this one.
      if (used.worn && !began && result.outcome === 'error') {
        why = 'it took no more programs';
        waiting.unshift(run);
        await leave();
        continue;
      }
      await options.observer?.after(used.booted.vm, program.name);
      used.worn = true;
      if (stopRequested(context)) break;
      recorder.add(result);
      emitEnd(one, result);
      if (policy.untilFail && !OUTCOMES[result.outcome].tapOk) waiting.length = 0;
      const isolated = policy.isolate || alone ? 'isolated' : undefined;
      why = contamination === undefined ? isolated : `${program.name}: ${contamination}`;
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
  recorder: RunRecorder,
  why: string | undefined,
): Promise<RunningVm | undefined> => {
  const next = await vms.next(machine, why);
  if (!next.ok) {
    const { code, what, detail = '' } = next.failure;
    recorder.stopped ??= { by: 'environment', code, what, detail };
    return undefined;
  }
  const { booted, number } = next.value;
  const reported = await recorder.addStray(booted.reports);
  if (booted.kind === 'no-boot') {
    recorder.argv = booted.argv;
    const { code, what } = booted;
    recorder.stopped ??= { by: 'kernel', code, what, detail: lastWords(booted) };
    return undefined;
  }
  if (!reported) recorder.stray.push(...booted.doubts.map(unexplained));
  recorder.argv = booted.vm.argv;
  const { readTo, state } = booted;
  return { machine, booted, number, readTo, state, worn: false, helpers: new Set() };
};

const lastWords = ({ stuck, lastLines }: BootFailure): string =>
  [...lastLines, ...(stuck?.processors ?? []), ...(stuck?.tasks ?? [])].join('\n');

const readStray = (used: RunningVm, recorder: RunRecorder): Promise<boolean> => {
  const { console } = used.booted.vm;
  const reports = findReports(console.since(used.readTo));
  used.readTo = console.position;
  return recorder.addStray(reports);
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
