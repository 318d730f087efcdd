// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { fragmentsOf, readFragments } from '../kconfig/configure.ts';
import { readNeeds } from '../kconfig/needs.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import { failed, type KtapResult } from '../ktap/read.ts';
import type { Plan } from '../run/plan.ts';
import type { ProgramResult } from '../run/result.ts';
import { runPlan, usualRun } from '../run/run-plan.ts';
import type { Series } from '../series/series.ts';
import {
  failureOf,
  finding,
  pass,
  type Check,
  type SeriesChecks,
  type SeriesWanted,
} from './checks.ts';
import type { Mutant } from './mutant.ts';
import { planOf } from './suite.ts';

/**
 * The unbroken series must pass everything; then each mutant must be caught by
 * the test that it names, and by no accident: the others of its program are not
 * asked.
 */
export const runMutants = async (
  context: Context,
  wanted: SeriesWanted,
  mutants: readonly Mutant[],
): Promise<Result<SeriesChecks>> => {
  const plan = await planOf(context, [wanted.series]);
  if (!plan.ok) return plan;
  const stranger = mutants.find((m) => !plan.value.programs.some((p) => p.name === m.program));
  if (stranger)
    return fail('unbuildable', `${stranger.patch.name} names ${stranger.program}, no program`, {
      where: stranger.patch.file,
    });
  const checks: Check[] = [];
  for (const variant of new Set(mutants.map((mutant) => mutant.variant))) {
    const varied = await vary(context, wanted, variant);
    if (!varied.ok) return varied;
    const group = mutants.filter((mutant) => mutant.variant === variant);
    const ran = await runGroup(context, varied.value, group, plan.value, variant);
    if (!ran.ok) return ran;
    checks.push(...ran.value);
  }
  return ok({ series: wanted.series.name, patches: [], whole: checks });
};

/** The same walk on a kernel of another variant. */
const vary = async (
  context: Context,
  wanted: SeriesWanted,
  variant: string | undefined,
): Promise<Result<SeriesWanted>> => {
  if (variant === undefined) return ok(wanted);
  const file = join(context.root, 'kernel-patches', 'variants', `${variant}.config`);
  const fragments = await readFragments([file]);
  if (!fragments.ok) return fragments;
  const needs = await readNeeds([file]);
  if (!needs.ok) return needs;
  const { inputs, run } = wanted;
  const options = [...inputs.fragments.options, ...fragments.value.options];
  return ok({
    ...wanted,
    inputs: { ...inputs, fragments: fragmentsOf(options), needs: needs.value },
    run: usualRun(run.accelerator, needs.value, join(run.directory, variant)),
  });
};

/** First the series without any mutant, then the mutants of one variant. */
const runGroup = async (
  context: Context,
  wanted: SeriesWanted,
  mutants: readonly Mutant[],
  plan: Plan,
  variant: string | undefined,
): Promise<Result<readonly Check[]>> => {
  const kind = ['build', ...(variant === undefined ? [] : [variant])].join('-');
  const names = new Set(mutants.map((mutant) => mutant.program));
  const whole = await runOn(context, wanted, wanted.series, only(plan, names), kind, 'unbroken');
  if (!whole.ok) return whole;
  const broken = whole.value.filter((p) => p.outcome !== 'pass');
  const checks = [
    finding(
      `the unbroken series passes${variant === undefined ? '' : `, ${variant}`}`,
      broken.map((p) => `${p.name}: ${p.outcome}${p.why === undefined ? '' : `, ${p.why}`}`),
    ),
  ];
  // What fails unbroken catches nothing.
  if (broken.length > 0) return ok([...checks, ...mutants.map(notRun)]);
  for (const mutant of mutants) {
    const { patch, program } = mutant;
    const series = { ...wanted.series, patches: [...wanted.series.patches, patch] };
    const chosen = only(plan, new Set([program]));
    const name = patch.name.replace(/\.patch$/, '');
    const ran = await runOn(context, wanted, series, chosen, kind, name);
    if (!ran.ok && ran.failure.kind !== 'unbuildable') return ran;
    checks.push(ran.ok ? verdictOn(mutant, ran.value[0]) : failureOf(titleOf(mutant), ran.failure));
  }
  return ok(checks);
};

const notRun = (mutant: Mutant): Check => ({ name: titleOf(mutant), verdict: 'not-run' });

const titleOf = ({ patch, program, test }: Mutant): string =>
  `${patch.name.replace(/\.patch$/, '')}: ${program} ${test}`;

const only = (plan: Plan, names: ReadonlySet<string>): Plan => ({
  ...plan,
  programs: plan.programs.filter((p) => names.has(p.name)),
});

/** Builds a series and runs a plan on it. A mutant's kernel is of no use to anyone afterwards. */
const runOn = async (
  context: Context,
  { source, inputs, run, series: unbroken }: SeriesWanted,
  series: Series,
  plan: Plan,
  variant: string,
  name: string,
): Promise<Result<readonly ProgramResult[]>> => {
  const kernel = await obtainKernel(context, {
    source,
    series: [series],
    fragments: inputs.fragments,
    variant,
    // What a guard guarded may be unused without it.
    allowWarnings: true,
  });
  if (!kernel.ok) return kernel;
  const directory = join(run.directory, name);
  const ran = await runPlan(context, kernel.value, plan, { ...run, directory });
  if (series !== unbroken) await rm(kernel.value.directory, { recursive: true, force: true });
  if (!ran.ok) return ran;
  const { stopped, programs } = ran.value;
  return stopped?.by === 'environment'
    ? fail('environment', stopped.what, { detail: stopped.detail })
    : ok(programs);
};

const named = (results: readonly KtapResult[], test: string): readonly KtapResult[] =>
  results.flatMap((result) => [
    ...(result.name === test ? [result] : []),
    ...named(result.children, test),
  ]);

/** Caught is only what the named test itself found, or what ended its program before it could. */
export const verdictOn = (mutant: Mutant, result: ProgramResult | undefined): Check => {
  const name = titleOf(mutant);
  if (!result || result.outcome === 'not-run')
    return { name, verdict: 'not-run', note: 'its program did not run' };
  const wantedOutcome = /^\((.+)\)$/.exec(mutant.test)?.[1];
  if (wantedOutcome !== undefined && result.outcome === wantedOutcome)
    return pass(name, `caught: ${result.why ?? result.outcome}`);
  const tests = named(result.results, mutant.test);
  if (tests.some(failed)) return pass(name, 'caught');
  const ended = ['kernel-report', 'timeout', 'hang', 'lost-vm'].includes(result.outcome);
  if (ended && tests.length === 0) return pass(name, `caught: ${result.why ?? result.outcome}`);
  return finding(
    name,
    [`${result.name}: ${result.outcome}${result.why === undefined ? '' : `, ${result.why}`}`],
    tests.length === 0 ? 'there is no result of that test' : 'it survives',
  );
};
