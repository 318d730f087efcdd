// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { OUTCOMES } from '../base/outcome.ts';
import { findReports, hasHoles, type KernelReport } from '../kernel-log/reports.ts';
import { readKtap } from '../ktap/read.ts';
import type { Attribute } from './attribute.ts';
import { commandOf, marker, pidOf, write } from './guest-command.ts';
import type { Booted } from './connect.ts';
import {
  isBlinded,
  marksOf,
  parseState,
  pidsLeft,
  READ_LOG,
  READ_STATE,
  sawAll,
  type GuestState,
} from './guest-state.ts';
import { judge } from './judge.ts';
import type { Cargo } from './pack.ts';
import type { Machine } from '../vm/machine.ts';
import type { Program } from './plan.ts';
import type { ProgramResult } from './result.ts';
import { askByForce, askBySsh, type NameOf } from './stuck.ts';

/** After its deadline a program is asked for its stacks and killed; then SSH has so long to tell its end. */
const KILL_GRACE_S = 10;
/** The end marker must come over the serial line within this time. */
const MARKER_MS = 5000;
/** QEMU's end may be noticed a little after the connection's. */
const DYING_MS = 1000;

/** The taint that a report itself brings: B, D, W and L. */
const OF_REPORTS = (1 << 5) | (1 << 7) | (1 << 9) | (1 << 14);

/** A VM in which programs run one after the other. */
export interface Used {
  readonly machine: Machine;
  readonly booted: Booted;
  /** How many VMs there were before it in this run, and one. */
  readonly number: number;
  /** How far into the console's lines verdicts have looked. */
  readTo: number;
  /** As the last program left it. */
  state: GuestState;
  /** What lies in the guest already. */
  readonly helpers: Set<Uint8Array>;
}

export interface ProgramRun {
  readonly result: ProgramResult;
  /** Why the VM cannot be trusted with another program; undefined when it can. */
  readonly mark: string | undefined;
  readonly baseReports: readonly KernelReport[];
}

/** Runs one program in a VM. At its deadline it is asked for its stacks, and killed. */
export const runProgram = async (
  used: Used,
  program: Program,
  options: {
    readonly cargo: Cargo | undefined;
    /** Seconds until it is killed. */
    readonly timeout: number;
    readonly environment: Readonly<Record<string, string>>;
    readonly directory: string;
    /** What its files there are called. */
    readonly label: string;
    readonly attribute: Attribute;
    readonly nameOf: NameOf;
    readonly dump: boolean;
  },
): Promise<ProgramRun> => {
  const { name } = program;
  const { cargo, timeout } = options;
  const { vm, ssh } = used.booted;
  const from = used.readTo;
  const before = used.state;
  await sendHelpers(used, cargo?.helpers);

  const began = performance.now();
  const first = marker('begin', name);
  const running = ssh.exec(commandOf(program, first, options.environment), {
    seconds: timeout + KILL_GRACE_S,
    ...(cargo ? { stdin: cargo.file } : {}),
  });
  const overdue = await isOverdue(running, timeout);
  const asked = vm.console.position;
  const self = { name, pid: pidOf(vm.console.since(from), first) };
  let stuck = overdue ? await askBySsh(vm, ssh, self) : undefined;
  // What it was asked for is no part of its log.
  const answered = vm.console.position;
  const exec = await running;
  const milliseconds = Math.round(performance.now() - began);

  // What floods, floods on from its children.
  if (exec.flooded && self.pid !== undefined)
    await ssh.exec(`kill -KILL -${self.pid} ${self.pid}`, { seconds: 5 });

  const seen = await look(used, name);
  const left = seen.state ? pidsLeft(before, seen.state) : [];
  const marks = seen.state ? marksOf(before, seen.state) : [];
  // A process that goes on might meddle with the log: it has to be gone before the log's end counts.
  const { state, end } = left.length > 0 ? await look(used, name, left) : seen;
  const marked = end !== undefined && (await vm.console.waitFor(end, MARKER_MS, vm.gone, from));
  // Who could have silenced the console for a while might have hidden something.
  const held = marked && marks.length > 0 ? await ssh.exec(READ_LOG, { seconds: 10 }) : undefined;
  const whole = !held || sawAll(held.stdout, first, vm.console.since(from));
  if (!marked && !vm.gone.aborted) await goneWithin(vm.gone, DYING_MS);
  const judged = vm.console.position;
  used.readTo = judged;
  const reached = marked || vm.gone.aborted || (await used.booted.reconnects());
  if (!reached) {
    const core = options.dump ? join(options.directory, `${options.label}.core`) : undefined;
    stuck = await askByForce(vm, self, { nameOf: options.nameOf, core });
    // What it says under force is nobody's fault, a panic least of all.
    used.readTo = Number.MAX_SAFE_INTEGER;
  }
  const vmEnd = reached && vm.gone.aborted ? await vm.ended : undefined;

  const lines = vm.console.since(from).slice(0, judged - from);
  const log = [...lines.slice(0, asked - from), ...lines.slice(answered - from)];
  // Not stderr: over SSH the two have no order, and a line of one may cut the other's.
  const ktap = readKtap(exec.stdout);
  const { counted, base: baseReports } = await options.attribute(findReports(log));
  const isExpected = ({ kind }: KernelReport): boolean => kind === program.needs.report;
  const reports = counted.filter((report) => !isExpected(report));
  const expected = counted.filter(isExpected);
  const verdict = judge({
    end: exec.end,
    began: log.some((line) => line.includes(first)),
    overdue,
    timeout,
    stuck: stuck?.answered,
    ktap,
    flooded: exec.flooded,
    reports,
    logComplete: marked && whole && vm.console.whole && !hasHoles(log),
    blinded: state !== undefined && isBlinded(before, state),
    newTaint: state ? state.taint & ~before.taint & (expected.length > 0 ? ~OF_REPORTS : ~0) : 0,
    missing: expected.length > 0 ? undefined : program.needs.report,
    vmEnd,
  });
  const output = `${options.label}.out`;
  await writeFile(join(options.directory, output), exec.output);
  const stacks = `${options.label}.stacks`;
  if (stuck) await writeFile(join(options.directory, stacks), `${stuck.log.join('\n')}\n`);
  if (state) used.state = state;
  const clean = marked && counted.length === 0 && TRUSTED.includes(verdict.outcome);
  return {
    baseReports,
    mark: !clean
      ? (counted[0]?.kind ?? verdict.outcome)
      : marks.length > 0
        ? `left ${marks.join(', ')}`
        : undefined,
    result: {
      name,
      outcome: verdict.outcome,
      ...(OUTCOMES[verdict.outcome].tapOk && verdict.why === undefined ? {} : { why: verdict.why }),
      milliseconds,
      ...(exec.end.kind === 'exit' ? { status: exec.end.status } : {}),
      ...(exec.end.kind === 'signal' ? { signal: exec.end.signal } : {}),
      results: ktap.results,
      reports,
      ...(expected.length > 0 ? { expected } : {}),
      output,
      ...(stuck
        ? {
            stuck: {
              processors: stuck.processors,
              tasks: stuck.tasks,
              log: stacks,
              ...(stuck.core === undefined ? {} : { core: basename(stuck.core) }),
            },
          }
        : {}),
      ...(marks.length > 0 ? { marks } : {}),
      boot: used.number,
    },
  };
};

/** After these the VM may go on. */
const TRUSTED: readonly string[] = ['pass', 'fail', 'skip'];

/** Kills, writes an end marker, reads the state; without both where the guest did not answer. */
const look = async (
  { booted }: Used,
  name: string,
  pids: readonly string[] = [],
): Promise<{ readonly state: GuestState | undefined; readonly end: string | undefined }> => {
  const end = marker('end', name);
  const kill = pids.length > 0 ? `kill -KILL ${pids.join(' ')} 2>/dev/null; ` : '';
  const asked = await booted.ssh.exec(`${kill}${write(end)}; ${READ_STATE}`, { seconds: 10 });
  const state = parseState(asked.stdout);
  return { state, end: asked.end.kind === 'exit' && state ? end : undefined };
};

/** True once the deadline has passed and the command still runs. */
const isOverdue = async (running: Promise<unknown>, seconds: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), seconds * 1000);
  });
  const overdue = await Promise.race([running.then(() => false), late]);
  clearTimeout(timer);
  return overdue;
};

const sendHelpers = async (used: Used, helpers: Uint8Array | undefined): Promise<void> => {
  if (!helpers || used.helpers.has(helpers)) return;
  used.helpers.add(helpers);
  // Should it fail, the program that misses them says so.
  await used.booted.ssh.exec('tar -x -C /tests', { stdin: helpers, seconds: 60 });
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
