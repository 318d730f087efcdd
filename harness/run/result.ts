// SPDX-License-Identifier: MIT
import { relative, resolve } from 'node:path';
import type { Outcome } from '../base/outcome.ts';
import type { StepTime } from '../base/step-times.ts';
import type { KernelReport } from '../kernel-log/reports.ts';
import type { KtapResult } from '../ktap/read.ts';
import type { Series } from '../series/series.ts';
import type { ExplainedReport } from './explain.ts';

/** What became of one program of the plan. */
export interface ProgramResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly why?: string | undefined;
  /** When it began, in milliseconds since 1970; undefined when it did not. */
  readonly began?: number;
  readonly milliseconds: number;
  /** Exit status; undefined when it did not exit by itself. */
  readonly status?: number | undefined;
  readonly signal?: string | undefined;
  readonly results: readonly KtapResult[];
  readonly reports: readonly ExplainedReport[];
  /** Those that it provokes on purpose: they do not count against it. */
  readonly expected?: readonly ExplainedReport[];
  /** Where it ran more than once, all its runs in order. */
  readonly runs?: readonly ProgramResult[];
  /** What it printed, relative to the result's directory. */
  readonly output?: string;
  /** What its guest said when it was past its deadline or answered no more. */
  readonly stuck?: {
    readonly processors: readonly string[];
    readonly tasks: readonly string[];
    /** All that it said, relative to the result's directory. */
    readonly log: string;
    /** Its memory, likewise. */
    readonly core?: string;
  };
  /** What it left behind, in words; the next program got a fresh VM. */
  readonly marks?: readonly string[];
  /** The VM it ran in, from 1; 0 when it did not run. */
  readonly boot: number;
  /** The console of that VM, relative to the result's directory. */
  readonly console?: string;
}

/** `name: outcome, why`, for a person. */
export const describeProgram = ({ name, outcome, why }: ProgramResult): string =>
  `${name}: ${outcome}${why === undefined ? '' : `, ${why}`}`;

/** What stands for the flavour of a kernel whose source nobody knows. */
export const OWN_KERNEL = 'own kernel';

/** A series of a run. */
export interface SeriesTold {
  readonly name: string;
  readonly patches: readonly string[];
  /** Where it lies in the project, `kernel-patches/synos`; undefined where it lies elsewhere. */
  readonly directory?: string;
}

export const tellSeries = (project: string, all: readonly Series[]): readonly SeriesTold[] =>
  all.map(({ name, patches, directory }) => {
    const within = relative(project, resolve(directory));
    const isWithin = within !== '' && !within.startsWith('..');
    return {
      name,
      patches: patches.map((patch) => patch.name),
      ...(isWithin ? { directory: within } : {}),
    };
  });

/** The whole of a run, as result.json holds it. */
export interface RunResult {
  readonly schema: 1;
  /** Of a matrix the cell that this is: `synos/kasan`. */
  readonly cell?: string;
  readonly started: string;
  readonly milliseconds: number;
  readonly source: {
    readonly version: string;
    readonly flavour: string;
    readonly digest: string;
    readonly verified: boolean;
    readonly unpinned: boolean;
    /** Of a git tree of the user's: `1a2b3c4d5e6f, with uncommitted edits`. */
    readonly tree?: string;
  };
  readonly series: readonly SeriesTold[];
  /** sha256 over the sha256 of each patch, a line each; empty without patches. */
  readonly patchset: string;
  readonly kernel: { readonly fingerprint: string; readonly release: string };
  readonly image: { readonly fingerprint: string };
  readonly machine: {
    readonly accelerator: string;
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly qemuArgv: readonly string[];
  };
  /** Where this is a part of a run: which of how many, and the programs of all. */
  readonly shard?: {
    readonly index: number;
    readonly of: number;
    readonly plan: readonly string[];
  };
  /** The seed of the order in which they ran, where it was not that of the plan. */
  readonly shuffle?: number;
  readonly programs: readonly ProgramResult[];
  /** Kernel reports outside any program: at boot, or between two programs. */
  readonly strayReports: readonly ExplainedReport[];
  /** Data races in the base kernel alone: listed, not counted. */
  readonly baseReports: readonly KernelReport[];
  /** Why the run stopped before its plan was through. */
  readonly stopped?: {
    readonly by: 'kernel' | 'environment';
    readonly what: string;
    readonly detail: string;
  };
  readonly steps: readonly StepTime[];
  readonly exitCode: number;
}
