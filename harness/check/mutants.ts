// SPDX-License-Identifier: MIT
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { digest } from '../base/fingerprint.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import { failed, type KtapResult } from '../ktap/read.ts';
import type { Plan } from '../run/plan.ts';
import type { ProgramResult } from '../run/result.ts';
import { runPlan } from '../run/run-plan.ts';
import type { Patch, Series } from '../series/series.ts';
import { finding, pass, type Check, type SeriesChecks, type SeriesWanted } from './checks.ts';
import { planOf } from './suite.ts';

/** A small patch on top of a series that breaks one guard of it. */
export interface Mutant {
  readonly patch: Patch;
  /** The program, and the test of it, that must notice. */
  readonly program: string;
  readonly test: string;
}

/** `Caught-by: PROGRAM TEST`, in the patch's message. */
const CAUGHT_BY = /^Caught-by: (\S+) (\S+)$/m;

/** Reads the mutants of a series, by name. Fails with `usage` or `unbuildable`, naming the file. */
export const readMutants = async (
  root: string,
  series: string,
  names: readonly string[],
): Promise<Result<readonly Mutant[]>> => {
  const home = join(root, 'test', 'mutants', series);
  const there = await readdir(home).catch(() => []);
  const files = there.filter((name) => name.endsWith('.patch')).sort();
  const unknown = names.find((name) => !files.includes(`${name}.patch`));
  if (unknown !== undefined)
    return fail('usage', `there is no mutant ${unknown} of ${series}`, { where: home });
  const mutants: Mutant[] = [];
  for (const name of files.filter((f) => names.length === 0 || names.includes(f.slice(0, -6)))) {
    const file = join(home, name);
    const data = await readFile(file);
    const [, program, test] = CAUGHT_BY.exec(data.toString()) ?? [];
    if (program === undefined || test === undefined)
      return fail('unbuildable', `${name} does not say what must catch it`, {
        where: file,
        remedy: 'write a line Caught-by: PROGRAM TEST into its message',
      });
    mutants.push({ patch: { name, file, data, digest: digest(data) }, program, test });
  }
  return mutants.length === 0
    ? fail('usage', `the series ${series} has no mutants`, { where: home })
    : ok(mutants);
};

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
  const of = (whole: readonly Check[]): SeriesChecks => ({
    series: wanted.series.name,
    patches: [],
    whole,
  });
  const names = new Set(mutants.map((mutant) => mutant.program));
  const whole = await runOn(context, wanted, wanted.series, only(plan.value, names), 'unbroken');
  if (!whole.ok) return whole;
  const broken = whole.value.filter((p) => p.outcome !== 'pass');
  const checks = [
    finding(
      'the unbroken series passes',
      broken.map((p) => `${p.name}: ${p.outcome}${p.why === undefined ? '' : `, ${p.why}`}`),
    ),
  ];
  // What fails unbroken catches nothing.
  if (broken.length > 0) return ok(of([...checks, ...mutants.map(notRun)]));
  for (const mutant of mutants) {
    const { patch, program } = mutant;
    const series = { ...wanted.series, patches: [...wanted.series.patches, patch] };
    const chosen = only(plan.value, new Set([program]));
    const ran = await runOn(context, wanted, series, chosen, patch.name.replace(/\.patch$/, ''));
    if (!ran.ok && ran.failure.kind !== 'unbuildable') return ran;
    checks.push(
      ran.ok
        ? verdictOn(mutant, ran.value[0])
        : finding(titleOf(mutant), [...(ran.failure.detail ?? '').split('\n')], ran.failure.what),
    );
  }
  return ok(of(checks));
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
  name: string,
): Promise<Result<readonly ProgramResult[]>> => {
  const kernel = await obtainKernel(context, {
    source,
    series: [series],
    fragments: inputs.fragments,
    variant: 'build',
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
const verdictOn = (mutant: Mutant, result: ProgramResult | undefined): Check => {
  const name = titleOf(mutant);
  if (!result || result.outcome === 'not-run')
    return { name, verdict: 'not-run', note: 'its program did not run' };
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
