// SPDX-License-Identifier: MIT
import type { Outcome } from '../../harness/base/outcome.ts';
import { fail } from '../../harness/base/result.ts';
import type { ExplainedReport } from '../../harness/run/program/explain.ts';
import type { ProgramResult } from '../../harness/run/result/program-result.ts';
import type { TrialResult, Tried } from '../../harness/trial/trial.ts';

const KERNEL: Tried['kernel'] = {
  fingerprint: 'f' as Tried['kernel']['fingerprint'],
  directory: '/nowhere',
  release: '6.12',
  warnings: [],
  touched: [],
  owners: {},
  headers: '',
};

/** A kernel report. */
export const report = (fingerprint: string): ExplainedReport => ({
  kind: 'kasan',
  title: `BUG: KASAN in ${fingerprint}`,
  lines: [],
  fingerprint,
  times: 1,
  stack: [],
});

/** How a program ended, with its results by name. */
export const program = (
  outcome: Outcome,
  results: Readonly<Record<string, boolean>> = {},
  reports: readonly ExplainedReport[] = [],
): ProgramResult => ({
  name: 'p',
  outcome,
  milliseconds: 1,
  results: Object.entries(results).map(([name, ok], index) => ({
    number: index + 1,
    ok,
    name,
    children: [],
    directive: undefined,
    reason: '',
  })),
  reports,
  boot: 1,
});

/** What a trial of a kernel gave. */
export const seen = (programs: readonly ProgramResult[], more: Partial<Tried> = {}): Tried => ({
  kind: 'tried',
  label: 'a patch',
  kernel: KERNEL,
  bytes: 'b',
  programs,
  stray: [],
  stopped: undefined,
  statuses: [],
  costs: new Map(),
  ...more,
});

/** A kernel that was not built. */
export const unbuilt = (where: string, error: string): TrialResult => ({
  kind: 'unbuilt',
  failure: fail('unbuildable', 'the kernel does not build', { where }).failure,
  error,
});
