// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { OUTCOMES } from '../base/outcome.ts';
import { failed, skipped, type KtapResult } from '../ktap/read.ts';
import { tapDocument, type TestPoint } from '../ktap/tap14.ts';
import type { KeptResult } from '../run/result/result-file.ts';
import type { ProgramResult } from '../run/result/program-result.ts';
import {
  OWN_KERNEL,
  type AnyResult,
  type FailedResult,
  type RunResult,
} from '../run/result/result.ts';
import { nameOfFailed, stepsTaken } from './terminal/failure.ts';
import { reportData } from './kernel-reports.ts';

/** Runs as TAP 14: one as {@link renderTap} has it, several as a point each, with all of theirs below. */
export const renderTapOfRuns = (runs: readonly KeptResult[]): string => {
  const [only, ...others] = runs;
  if (only && others.length === 0) return renderTap(only.result, only.directory);
  const points = runs.map(({ result, directory }) =>
    result.kind === 'failed'
      ? failedPoint(result)
      : {
          ok: result.exitCode === 0,
          name: result.cell ?? nameOfRun(result),
          subtests: pointsOf(result, directory),
        },
  );
  return tapDocument(points, []);
};

const nameOfRun = ({ series, kernel, started }: RunResult): string =>
  [...series.map(({ name }) => name), kernel.release, started].join(' ');

/** A run as TAP 14: a point a program, its results as a subtest; kernel reports outside programs are a point of their own. */
export const renderTap = (result: AnyResult, directory: string): string => {
  if (result.kind === 'failed') return tapDocument([failedPoint(result)], []);
  const { source, machine, kernel } = result;
  return tapDocument(pointsOf(result, directory), [
    `Linux ${kernel.release}, source ${nameOf(source)}`,
    `series ${result.series.map((s) => `${s.name} (${s.patches.length})`).join(', ') || 'none'}`,
    `kernel ${kernel.fingerprint.slice(0, 12)}, ${result.architecture}, ${machine.accelerator}, ${machine.cpus} cpus`,
    ...(result.shuffle === undefined ? [] : [`order --shuffle ${result.shuffle}`]),
  ]);
};

const failedPoint = (result: FailedResult): TestPoint => ({
  ok: false,
  name: nameOfFailed(result),
  diagnostics: { outcome: 'no run', ...result.failure, steps: stepsTaken(result.steps) },
});

const pointsOf = (result: RunResult, directory: string): readonly TestPoint[] => {
  const stray: TestPoint[] =
    result.strayReports.length === 0
      ? []
      : [
          {
            ok: false,
            name: 'the kernel outside any program',
            diagnostics: {
              outcome: 'kernel-report',
              reports: result.strayReports.map(reportData),
              logs: directory,
            },
          },
        ];
  return [...result.programs.map((program) => pointOf(program, directory)), ...stray];
};

/** `6.12.117 debian` and what is doubtful about it; a tree or a kernel of the user's is not. */
const nameOf = (source: RunResult['source']): string => {
  const { version, flavour, tree, verified, unpinned } = source;
  if (flavour === OWN_KERNEL) return OWN_KERNEL;
  if (tree !== undefined) return `${version} tree ${tree}`;
  const doubtful = [...(verified ? [] : ['UNVERIFIED']), ...(unpinned ? ['UNPINNED'] : [])];
  return [version, flavour, ...doubtful].join(' ');
};

const pointOf = (program: ProgramResult, directory: string): TestPoint => {
  const meaning = OUTCOMES[program.outcome];
  const plain = program.outcome === 'pass';
  return {
    ok: meaning.tapOk,
    name: program.name,
    directive: meaning.directive,
    reason: program.why,
    // A point that is ok must not hold a subtest that is not, and the reverse
    // says nothing: the subtests of a program that broke are in its output.
    subtests: program.results.map(subtestOf),
    ...(plain
      ? leaksOf(program)
      : {
          diagnostics: {
            outcome: program.outcome,
            ...(program.series === undefined ? {} : { series: program.series }),
            ...(program.why === undefined ? {} : { why: program.why }),
            ...(program.known === undefined ? {} : { known: program.known }),
            duration_ms: program.milliseconds,
            ...(program.status === undefined ? {} : { exit_status: program.status }),
            ...(program.signal === undefined ? {} : { signal: program.signal }),
            ...leaksOf(program).diagnostics,
            ...(program.reports.length > 0 ? { reports: program.reports.map(reportData) } : {}),
            ...(program.runs === undefined ? {} : { runs: program.runs.map(describeRun) }),
            ...(program.stuck === undefined ? {} : { stuck: stuckData(program.stuck, directory) }),
            ...(program.output === undefined ? {} : { output: join(directory, program.output) }),
            ...(program.console === undefined ? {} : { console: join(directory, program.console) }),
          },
        }),
  };
};

/** Of a program that had modules loaded. */
const leaksOf = ({ leaks }: ProgramResult) =>
  leaks === undefined ? {} : { diagnostics: { leaks } };

const stuckData = (stuck: NonNullable<ProgramResult['stuck']>, directory: string) => ({
  ...stuck,
  log: join(directory, stuck.log),
  ...(stuck.core === undefined ? {} : { core: join(directory, stuck.core) }),
});

const describeRun = ({ outcome, why = '' }: ProgramResult): string => `${outcome} ${why}`.trim();

const subtestOf = (result: KtapResult): TestPoint => ({
  ok: !failed(result),
  name: result.name,
  directive: skipped(result) ? 'SKIP' : result.directive === 'TODO' ? 'TODO' : undefined,
  reason: result.reason,
  subtests: result.children.map(subtestOf),
});
