// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { imageOf, type Kernel } from '../kernel/kernel.ts';
import { countProbe } from '../measure/cost/probes.ts';
import { environmentFailure, type Executed } from '../run/schedule/execute.ts';
import type { ExplainedReport } from '../run/program/explain.ts';
import type { Plan } from '../run/tests/plan.ts';
import type { ProgramResult } from '../run/result/program-result.ts';
import { runPlan } from '../run/run-plan.ts';
import { inDirectory, memoryOf, type RunSpec } from '../run/spec.ts';
import { unbuilt, type Built, type Unbuilt } from './candidate.ts';

/** How a kernel is tried. */
export type Trial =
  | { readonly kind: 'build' }
  | {
      readonly kind: 'command';
      readonly command: string;
      /** How often the command runs at most. */
      readonly runs: number;
      /** It runs on after its first failure. */
      readonly all: boolean;
    }
  | PlanTrial
  | ({
      readonly kind: 'cost';
      readonly probe: string;
      readonly series: readonly string[];
    } & RunTrial);

/** How programs run on a kernel. */
export interface RunTrial {
  readonly spec: RunSpec;
  /** Programs are compiled against the headers of this kernel; undefined: of the one that runs. */
  readonly headers: Kernel | undefined;
}

/** Programs of a plan, run on a kernel. */
export interface PlanTrial extends RunTrial {
  readonly kind: 'run';
  readonly plan: Plan;
}

/** What was seen of a kernel, without a verdict. */
export interface Tried extends Omit<Built, 'kind'> {
  readonly kind: 'tried';
  readonly programs: readonly ProgramResult[];
  /** Kernel reports outside any program. */
  readonly stray: readonly ExplainedReport[];
  /** Why the kernel did not boot, or did not run to the end. */
  readonly stopped: { readonly what: string; readonly detail: string } | undefined;
  /** The exit statuses of the command, run by run. */
  readonly statuses: readonly number[];
  /** The instructions of each probe by name, or why they could not be counted. */
  readonly costs: ReadonlyMap<string, number | string>;
}

/** What became of a candidate that was tried. */
export type TrialResult = Unbuilt | Tried;

/** How often a run is tried whose VM got lost or was killed from outside. */
const TRIES = 3;

/** Tries a kernel, where there is one. Fails only where the environment does. */
export const tryOut = async (
  context: Context,
  built: Built | Unbuilt,
  trial: Trial,
): Promise<Result<TrialResult>> => {
  if (built.kind === 'unbuilt') return ok(built);
  const costs = new Map<string, number | string>();
  const seen: Tried = {
    ...built,
    kind: 'tried',
    ...{ programs: [], stray: [], stopped: undefined, statuses: [], costs },
  };
  switch (trial.kind) {
    case 'build':
      return ok(seen);
    case 'command': {
      const statuses: number[] = [];
      while (statuses.length < trial.runs) {
        const status = await runCommand(context, built, trial.command);
        if (!status.ok) return status;
        statuses.push(status.value);
        if (status.value !== 0 && !trial.all) break;
      }
      return ok({ ...seen, statuses });
    }
    case 'cost': {
      const { headers = built.kernel, spec, series } = trial;
      const { directory } = spec.output;
      const about = { headers, series, directory, memoryMiB: memoryOf(spec) };
      const told = await countProbe(context, built.kernel, trial.probe, {
        ...about,
        append: spec.machine.append.join(' '),
      });
      return told.ok ? ok({ ...seen, costs: told.value.probes }) : unbuilt(told.failure);
    }
    case 'run': {
      const ran = await runStubbornly(context, built.kernel, trial);
      if (!ran.ok) return unbuilt(ran.failure);
      const { programs, strayReports, stopped } = ran.value;
      return ok({ ...seen, programs, stray: strayReports, stopped });
    }
  }
};

const runStubbornly = async (
  context: Context,
  kernel: Kernel,
  { plan, spec, headers }: PlanTrial,
): Promise<Result<Executed>> => {
  const home = spec.output.directory;
  for (let attempt = 1; ; attempt += 1) {
    const there = inDirectory(spec, attempt === 1 ? home : `${home}-again-${attempt}`);
    const ran = await runPlan(context, kernel, plan, there, { headers });
    if (!ran.ok) return ran;
    const failure = environmentFailure(ran.value);
    const lost = ran.value.programs
      .flatMap((program) => [program, ...(program.runs ?? [])])
      .find(({ outcome }) => outcome === 'lost-vm');
    if (!failure && !lost) return ran;
    if (attempt === TRIES || context.signal.aborted) return failure ? { ok: false, failure } : ran;
    const why = failure?.what ?? lost?.why ?? 'the VM was lost';
    context.emit({ type: 'warning', text: `${why}: trying again` });
  }
};

/**
 * Runs a command of the user's by the shell, and gives its exit status. Fails where the shell
 * could not run it (126, 127) or a signal ended it: git-bisect stops there too.
 */
const runCommand = async (
  context: Context,
  { kernel, label }: Built,
  command: string,
): Promise<Result<number>> => {
  const ended = await run({
    argv: ['sh', '-c', command],
    env: {
      KBT_KERNEL: imageOf(kernel),
      KBT_VMLINUX: join(kernel.directory, 'vmlinux'),
      KBT_CONFIG: join(kernel.directory, 'config'),
      KBT_LABEL: label,
    },
    signal: context.signal,
  });
  const { code, tail, signal } = ended;
  return code !== undefined && code < 126
    ? ok(code)
    : fail('environment', `the command ends with ${signal ?? `status ${code ?? 'none'}`}`, {
        detail: tail.slice(-10).join('\n'),
        remedy: 'let it end with 0 for good, 1 to 124 for bad, 125 for neither',
      });
};
