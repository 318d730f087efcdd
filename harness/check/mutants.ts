// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Failure, type Result } from '../base/result.ts';
import { takeAway } from '../base/cache/scratch.ts';
import { fragmentsOf, readFragments } from '../kconfig/configure.ts';
import { readNeeds } from '../kconfig/needs.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import type { KernelReport } from '../kernel-log/reports.ts';
import { failed, skipped, type KtapResult } from '../ktap/read.ts';
import { environmentFailure } from '../run/schedule/execute.ts';
import { variantFiles } from '../run/inputs.ts';
import { only, type Plan } from '../run/tests/plan.ts';
import { describeProgram, type ProgramResult } from '../run/result/program-result.ts';
import { runPlan } from '../run/run-plan.ts';
import { inDirectory, layered } from '../run/spec.ts';
import type { Series } from '../series/series.ts';
import {
  failureOf,
  finding,
  pass,
  type Check,
  type SeriesChecks,
  type SeriesWalk,
} from './checks.ts';
import type { Mutant } from './mutant.ts';
import { planOf } from './suite.ts';

/**
 * Mutation testing. The programs that mutants name must pass on the unbroken series. Then the
 * named test, and no other test of its program, must catch each mutant. Where the environment
 * fails on the way, the rest is `not-run`.
 */
export const runMutants = async (
  context: Context,
  walk: SeriesWalk,
  mutants: readonly Mutant[],
): Promise<Result<SeriesChecks>> => {
  const plan = await planOf(context, [walk.series]);
  if (!plan.ok) return plan;
  const stranger = mutants.find((m) => !plan.value.programs.some((p) => p.name === m.program));
  if (stranger)
    return fail('unbuildable', `${stranger.patch.name} names ${stranger.program}, no program`, {
      where: stranger.patch.file,
    });
  const varied = new Map<string | undefined, SeriesWalk>();
  for (const variant of new Set(mutants.map((mutant) => mutant.variant))) {
    const changed = await vary(context, walk, variant);
    if (!changed.ok) return changed;
    varied.set(variant, changed.value);
  }
  const checks: Check[] = [];
  let stopped: Failure | undefined;
  for (const [variant, own] of varied) {
    const group = mutants.filter((mutant) => mutant.variant === variant);
    const ended = stopped
      ? ok(undefined)
      : await runGroup(context, { walk: own, mutants: group, plan: plan.value, variant }, checks);
    if (!ended.ok) stopped = ended.failure;
    const found = new Set(checks.map((check) => check.name));
    checks.push(...group.filter((mutant) => !found.has(titleOf(mutant))).map(notRun));
  }
  return ok({
    series: walk.series.name,
    patches: [],
    whole: checks,
    ...(stopped ? { stopped } : {}),
  });
};

/** The same walk on a kernel of another variant. */
const vary = async (
  context: Context,
  walk: SeriesWalk,
  variant: string | undefined,
): Promise<Result<SeriesWalk>> => {
  if (variant === undefined) return ok(walk);
  const files = variantFiles(context, [variant]);
  const fragments = await readFragments(files);
  if (!fragments.ok) return fragments;
  const needs = await readNeeds(files);
  if (!needs.ok) return needs;
  const { inputs, spec } = walk;
  const options = [...inputs.fragments.options, ...fragments.value.options];
  return ok({
    ...walk,
    inputs: { ...inputs, fragments: fragmentsOf(options), needs: needs.value },
    spec: layered(spec, {
      kernel: { variants: [variant] },
      machine: { memoryMiB: needs.value.memoryMiB },
      tests: { slower: needs.value.slower },
      output: { directory: join(spec.output.directory, variant) },
    }),
  });
};

/** The mutants of one variant. */
interface MutantGroup {
  /** On a kernel of that variant. */
  readonly walk: SeriesWalk;
  readonly mutants: readonly Mutant[];
  readonly plan: Plan;
  readonly variant: string | undefined;
}

/** First the series without any mutant, then the mutants of one variant; adds to `checks` as it goes. */
const runGroup = async (
  context: Context,
  { walk, mutants, plan, variant }: MutantGroup,
  checks: Check[],
): Promise<Result<void>> => {
  const kind = ['build', ...(variant === undefined ? [] : [variant])].join('-');
  const names = new Set(mutants.map((mutant) => mutant.program));
  const whole = await runOn(context, walk, {
    series: walk.series,
    plan: only(plan, names),
    variant: kind,
    name: 'unbroken',
  });
  if (!whole.ok) return whole;
  const title = `the unbroken series passes${variant === undefined ? '' : `, ${variant}`}`;
  const unbroken = finding(title, problemsOf(whole.value, mutants));
  checks.push(unbroken);
  // A test that fails on the unbroken series catches nothing.
  if (unbroken.verdict !== 'pass') return ok(undefined);
  for (const mutant of mutants) {
    const { patch, program } = mutant;
    const series = { ...walk.series, patches: [...walk.series.patches, patch] };
    const chosen = only(plan, new Set([program]));
    const name = patch.name.replace(/\.patch$/, '');
    const ran = await runOn(context, walk, { series, plan: chosen, variant: kind, name });
    if (!ran.ok && ran.failure.kind !== 'unbuildable') return ran;
    checks.push(
      ran.ok ? verdictOn(mutant, ran.value.programs[0]) : failureOf(titleOf(mutant), ran.failure),
    );
  }
  return ok(undefined);
};

/** Why the unbroken series cannot be compared with: a program does not pass, or a named test is not there. */
const problemsOf = (ran: Ran, mutants: readonly Mutant[]): readonly string[] => [
  ...ran.stray.map((report) => report.title),
  ...ran.programs.filter((p) => p.outcome !== 'pass').map(describeProgram),
  ...mutants
    .filter(({ test }) => outcomeWanted(test) === undefined)
    .filter(({ program, test }) => {
      const results = ran.programs.find((p) => p.name === program)?.results ?? [];
      const tests = named(results, test);
      return tests.length === 0 || tests.some((result) => failed(result) || skipped(result));
    })
    .map(({ patch, program, test }) => `${patch.name}: ${program} has no ${test} that passes`),
];

/** An outcome in parentheses, where a mutant names that and no test. */
const outcomeWanted = (test: string): string | undefined => /^\((.+)\)$/.exec(test)?.[1];

const notRun = (mutant: Mutant): Check => ({ name: titleOf(mutant), verdict: 'not-run' });

const titleOf = ({ patch, program, test }: Mutant): string =>
  `${patch.name.replace(/\.patch$/, '')}: ${program} ${test}`;

interface Ran {
  readonly programs: readonly ProgramResult[];
  /** Kernel reports outside any program. */
  readonly stray: readonly KernelReport[];
}

/** A series, and what runs on it. */
interface MutantRun {
  readonly series: Series;
  readonly plan: Plan;
  readonly variant: string;
  /** Of its directory in the result. */
  readonly name: string;
}

/** Builds a series and runs a plan on it. Nobody uses a mutant's kernel again: it is removed. */
const runOn = async (
  context: Context,
  { source, inputs, spec, series: unbroken }: SeriesWalk,
  { series, plan, variant, name }: MutantRun,
): Promise<Result<Ran>> => {
  const kernel = await obtainKernel(context, {
    source,
    series: [series],
    fragments: inputs.fragments,
    variant,
    // Without its guard, a variable or a function may be unused.
    allowWarnings: true,
  });
  if (!kernel.ok) return kernel;
  const there = inDirectory(spec, join(spec.output.directory, name));
  const ran = await runPlan(context, kernel.value, plan, there);
  if (series !== unbroken) {
    await takeAway(kernel.value.directory);
  }
  if (!ran.ok) return ran;
  const failure = environmentFailure(ran.value);
  return failure
    ? { ok: false, failure }
    : ok({ programs: ran.value.programs, stray: ran.value.strayReports });
};

const named = (results: readonly KtapResult[], test: string): readonly KtapResult[] =>
  results.flatMap((result) => [
    ...(result.name === test ? [result] : []),
    ...named(result.children, test),
  ]);

/** A mutant is caught where the named test fails, or where its program ended before that test. */
export const verdictOn = (mutant: Mutant, result: ProgramResult | undefined): Check => {
  const name = titleOf(mutant);
  if (!result || result.outcome === 'not-run')
    return { name, verdict: 'not-run', note: 'its program did not run' };
  const outcome = outcomeWanted(mutant.test);
  if (outcome !== undefined && result.outcome === outcome && outcome !== 'pass')
    return pass(name, `caught: ${result.why ?? result.outcome}`);
  const tests = named(result.results, mutant.test);
  if (tests.some(failed)) return pass(name, 'caught');
  const ended = ['kernel-report', 'timeout', 'hang', 'lost-vm'].includes(result.outcome);
  if (ended && tests.length === 0) return pass(name, `caught: ${result.why ?? result.outcome}`);
  const why = tests.length === 0 ? 'there is no result of that test' : 'it survives';
  return finding(name, [describeProgram(result)], why);
};
