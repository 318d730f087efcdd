// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../base/outcome.ts';
import { describeWarning, newIn, type Warning } from '../kernel/make/diagnostics.ts';
import { failed, skipped, type KtapResult } from '../ktap/read.ts';
import type { ProgramResult } from '../run/result/program-result.ts';
import type { TrialResult } from '../trial/trial.ts';

/** The status of one test: of a program (`p`), or of a result of it (`p/name`). */
export type ProgramStatus = 'pass' | 'fail' | 'skip';

/** What one kernel shows, in terms that can be compared. */
export interface State {
  readonly builds: boolean;
  /** Why it does not build, does not boot, or did not run to the end. */
  readonly broken?: string;
  readonly boots: boolean;
  readonly warnings: readonly Warning[];
  readonly tests: ReadonlyMap<string, ProgramStatus>;
  /** Titles by fingerprint. */
  readonly reports: ReadonlyMap<string, string>;
}

/** What differs between two kernels. */
export interface Difference {
  readonly warnings: readonly string[];
  /** Tests that passed before and do not now: they fail, or give no result any more. */
  readonly regressed: readonly string[];
  /** Tests that pass, and did not before. */
  readonly fixed: readonly string[];
  readonly stillFailing: readonly string[];
  /** New kernel reports, `fingerprint title`. */
  readonly reports: readonly string[];
}

/** What a trial tells of a kernel. */
export const stateOf = (seen: TrialResult): State => {
  if (seen.kind === 'unbuilt') {
    const { where = '' } = seen.failure;
    const broken = [where, seen.error].filter(Boolean).join(': ');
    return {
      builds: false,
      broken,
      boots: false,
      warnings: [],
      tests: new Map(),
      reports: new Map(),
    };
  }
  const { kernel, programs, stray, stopped } = seen;
  const runs = programs.flatMap((program) => program.runs ?? [program]);
  const reports = [...stray, ...runs.flatMap((run) => run.reports)];
  return {
    builds: true,
    ...(stopped ? { broken: stopped.what } : {}),
    // Some program ran: the VM that stopped the run was not its first.
    boots: !stopped || programs.some(({ boot }) => boot > 0),
    warnings: kernel.warnings,
    tests: new Map(programs.flatMap(statusesOf)),
    reports: new Map(reports.map(({ fingerprint, title }) => [fingerprint, title])),
  };
};

/** How many tests pass. */
export const passing = ({ tests }: State): number =>
  [...tests.values()].filter((status) => status === 'pass').length;

/** The status of a program, then of its results without subtests. */
const statusesOf = (program: ProgramResult): readonly (readonly [string, ProgramStatus])[] => {
  const { name, outcome } = program;
  const whole = outcome === 'skip' ? 'skip' : OUTCOMES[outcome].tapOk ? 'pass' : 'fail';
  const leaves = (results: readonly KtapResult[], path: string): [string, ProgramStatus][] =>
    results.flatMap((result) => {
      const own = `${path}/${result.name}`;
      if (result.children.length > 0) return leaves(result.children, own);
      return [[own, skipped(result) ? 'skip' : failed(result) ? 'fail' : 'pass']];
    });
  return [[name, whole], ...leaves(program.results, name)];
};

/** What differs in `now` from `before`. */
export const differenceOf = (before: State, now: State): Difference => {
  const names = new Set([...before.tests.keys(), ...now.tests.keys()]);
  const changed = (
    from: (status?: ProgramStatus) => boolean,
    to: (status?: ProgramStatus) => boolean,
  ) => [...names].filter((name) => from(before.tests.get(name)) && to(now.tests.get(name)));
  const passes = (status?: ProgramStatus): boolean => status === 'pass';
  const fails = (status?: ProgramStatus): boolean => status === 'fail';
  // Where a program no longer reaches a result, the program itself has regressed.
  const lost = (status?: ProgramStatus): boolean => fails(status);
  const boots = now.builds && now.boots;
  return {
    warnings: newIn(now.warnings, before.warnings).map(describeWarning),
    regressed: boots ? withoutWholes(changed(passes, lost)) : [],
    fixed: withoutWholes(changed((standing) => !passes(standing), passes)),
    stillFailing: withoutWholes(changed(fails, fails)),
    reports: [...now.reports]
      .filter(([fingerprint]) => !before.reports.has(fingerprint))
      .map(([fingerprint, title]) => `${fingerprint} ${title}`),
  };
};

/** A program is named only where none of its results is. */
export const withoutWholes = (names: readonly string[]): readonly string[] =>
  names.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
