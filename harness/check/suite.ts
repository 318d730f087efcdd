// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { OUTCOMES } from '../base/outcome.ts';
import { ok, type Result } from '../base/result.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { environmentFailure } from '../run/schedule/execute.ts';
import { variantsOf } from '../run/inputs.ts';
import { homesOf, makePlan, type Plan } from '../run/tests/plan.ts';
import { describeProgram } from '../run/result/program-result.ts';
import { runPlan } from '../run/run-plan.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Series } from '../series/series.ts';
import { failureOf, finding, type Check } from './checks.ts';

/** The programs for all kernels, and those of the series named. */
export const planOf = async (context: Context, series: readonly Series[]): Promise<Result<Plan>> =>
  makePlan({
    homes: homesOf(context),
    series: series.map((s) => s.name),
    directories: [],
    suites: series.flatMap((s) => s.suites),
    tests: [],
    variants: await variantsOf(context),
  });

/** What the check is called, and what runs. */
export interface SuiteOptions {
  readonly name: string;
  readonly plan: Plan;
  readonly spec: RunSpec;
}

/** Runs a plan and gives it as one check. Fails only where the environment does. */
export const suite = async (
  context: Context,
  kernel: Kernel,
  { name, plan, spec }: SuiteOptions,
): Promise<Result<Check>> => {
  const ran = await runPlan(context, kernel, plan, spec);
  if (!ran.ok) return ran.failure.kind === 'unbuildable' ? ok(failureOf(name, ran.failure)) : ran;
  const failure = environmentFailure(ran.value);
  if (failure) return { ok: false, failure };
  const { programs, strayReports, stopped } = ran.value;
  const problems = [
    ...(stopped ? [stopped.what, ...stopped.detail.split('\n')] : []),
    ...strayReports.map((report) => report.title),
    ...programs.filter((p) => !OUTCOMES[p.outcome].tapOk).map(describeProgram),
  ];
  const passed = programs.filter((p) => p.outcome === 'pass').length;
  // Nothing but skips is no pass.
  if (passed === 0 && problems.length === 0) problems.push('no program passed');
  return ok(finding(name, problems, `${passed} of ${programs.length} programs`));
};
