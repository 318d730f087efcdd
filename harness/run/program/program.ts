// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { OUTCOMES } from '../../base/outcome.ts';
import { findReports, hasHoles, type KernelReport } from '../../kernel-log/reports.ts';
import { readKtap } from '../../ktap/read.ts';
import { lookAfter } from './aftermath.ts';
import type { Attribute } from './attribute.ts';
import { outcomeOf, type ProgramEvidence } from './outcome-of.ts';
import { perform, type Sent } from './perform.ts';
import type { Program } from '../tests/plan.ts';
import type { ProgramResult } from '../result/program-result.ts';
import type { NameOf, HangDiagnostics } from '../guest/hang-diagnostics.ts';
import { consoleName } from '../guest/vms.ts';
import type { RunningVm } from '../guest/running-vm.ts';

/** The taint that a report itself brings: B, D, W and L. */
const OF_REPORTS = (1 << 5) | (1 << 7) | (1 << 9) | (1 << 14);

/** Programs whose exit status tells how it went. */
const BY_STATUS: Partial<Record<Program['kind'], ProgramEvidence['byStatus']>> = {
  kselftest: 'kselftest',
  ltp: 'ltp',
};

export interface ProgramEnd {
  readonly result: ProgramResult;
  /** The guest started it: its begin marker is in the log. */
  readonly began: boolean;
  /** Why the VM cannot be trusted with another program; undefined when it can. */
  readonly contamination: string | undefined;
  readonly baseReports: readonly KernelReport[];
}

export interface ProgramOptions extends Sent {
  readonly directory: string;
  /** The name of its files there. */
  readonly label: string;
  readonly attribute: Attribute;
  readonly nameOf: NameOf;
  readonly dump: boolean;
}

/** Runs one program in a VM and decides its outcome by all the evidence. */
export const runProgram = async (
  used: RunningVm,
  program: Program,
  options: ProgramOptions,
): Promise<ProgramEnd> => {
  const { name, needs } = program;
  const { timeout, directory, label } = options;
  const { vm } = used.booted;
  const { readTo: from, state: before } = used;
  const core = options.dump ? join(directory, `${label}.core`) : undefined;
  const ran = await perform(used, program, options);
  const after = await lookAfter(used, name, ran, { nameOf: options.nameOf, core });
  const { exec, begin, asked } = ran;
  const { state, contamination, markerCame, logEnd } = after;
  // No program is to blame for what the guest logs under force, for a panic least of all.
  used.readTo = after.forced ? Number.MAX_SAFE_INTEGER : logEnd;
  if (state) used.state = state;

  const lines = vm.console.since(from).slice(0, logEnd - from);
  const log = [...lines.slice(0, asked.from - from), ...lines.slice(asked.to - from)];
  // Without stderr: SSH keeps no order between the two, and a line of one may cut a line of the other.
  const ktap = readKtap(exec.stdout, { mayOmitPlans: program.kind === 'kunit' });
  // Of a slow guest the stacks that it was asked for may come on behind the time for that.
  const late = ran.stuck ? lines.slice(asked.to - from) : [];
  const found = ran.stuck
    ? [
        ...findReports(lines.slice(0, asked.from - from)),
        ...findReports(late).filter(({ kind }) => kind !== 'trace'),
      ]
    : findReports(log);
  const { counted, base: baseReports } = await options.attribute(found);
  const isExpected = ({ kind }: KernelReport): boolean => kind === needs.report;
  const reports = counted.filter((report) => !isExpected(report));
  const expected = counted.filter(isExpected);
  const stuck = after.forced ?? ran.stuck;
  const began = log.some((line) => line.includes(begin));
  const ofModules = options.modules.reduce((bits, { taint }) => bits | taint, 0);
  const verdict = outcomeOf({
    end: exec.end,
    began,
    overdue: ran.overdue,
    timeout,
    stuck: stuck?.answered,
    ktap,
    byStatus: BY_STATUS[program.kind],
    output: exec.output,
    flooded: exec.flooded,
    reports,
    logComplete: markerCame && after.logWhole && vm.console.whole && !hasHoles(log),
    blinded: after.blinded,
    newTaint: state
      ? state.taint & ~before.taint & ~(expected.length > 0 ? OF_REPORTS : 0) & ~ofModules
      : 0,
    module: ran.module,
    missing: expected.length > 0 ? undefined : needs.report,
    vmEnd: after.vmEnd,
  });
  await writeFile(join(directory, `${label}.out`), exec.output);
  // A program that did not end by itself may have left anything behind.
  const clean =
    markerCame && counted.length === 0 && !ran.module && OUTCOMES[verdict.outcome].whole;
  const left = contamination.length > 0 ? `left ${contamination.join(', ')}` : undefined;
  return {
    began,
    baseReports,
    contamination: clean ? left : (counted[0]?.kind ?? verdict.outcome),
    result: {
      name,
      outcome: verdict.outcome,
      ...(OUTCOMES[verdict.outcome].tapOk && verdict.why === undefined ? {} : { why: verdict.why }),
      began: ran.began,
      milliseconds: ran.milliseconds,
      ...(ran.leaks === undefined ? {} : { leaks: ran.leaks }),
      ...(exec.end.kind === 'exit' ? { status: exec.end.status } : {}),
      ...(exec.end.kind === 'signal' ? { signal: exec.end.signal } : {}),
      results: ktap.results,
      reports,
      ...(expected.length > 0 ? { expected } : {}),
      output: `${label}.out`,
      ...(stuck ? { stuck: await keepDiagnostics(stuck, directory, label) } : {}),
      ...(contamination.length > 0 ? { marks: contamination } : {}),
      boot: used.number,
      console: consoleName(used.number),
    },
  };
};

/** Writes all hang diagnostics to a file beside the result. */
const keepDiagnostics = async (
  { processors, tasks, log, core }: HangDiagnostics,
  directory: string,
  label: string,
): Promise<NonNullable<ProgramResult['stuck']>> => {
  const file = `${label}.stacks`;
  await writeFile(join(directory, file), `${log.join('\n')}\n`);
  const dumped = core === undefined ? {} : { core: basename(core) };
  return { processors, tasks, log: file, ...dumped };
};
