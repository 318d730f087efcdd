// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { digestFile } from '../base/fingerprint.ts';
import { ok, type Result } from '../base/result.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Warning } from '../kernel/diagnostics.ts';
import type { Tree } from '../series/tree.ts';
import { withTree } from '../series/with-tree.ts';
import { checkpatch, maintained } from './checkpatch.ts';
import {
  failureOf,
  finding,
  pass,
  PATCH_CHECKS,
  type Check,
  type SeriesChecks,
  type SeriesWanted,
} from './checks.ts';
import { describeWarning, lint, newIn, type Lint } from './lint.ts';
import { filesTouched, fragmentsAt, prefixOf } from './prefix.ts';
import { planOf, suite } from './suite.ts';
import { checkWhole } from './whole.ts';

/**
 * Looks at a series patch by patch, in order, each on top of those before it,
 * then at the whole. A patch that fails to apply leaves the rest `not-run`. Fails
 * only where the environment does.
 */
export const checkSeries = async (
  context: Context,
  wanted: SeriesWanted,
): Promise<Result<SeriesChecks>> => {
  const { series } = wanted;
  const base = await lintAt(context, wanted, 0);
  if (!base.ok) return base;
  const walk: Walk = { before: base.value.lint, booted: undefined };
  const patches: { readonly name: string; readonly checks: readonly Check[] }[] = [];
  let last: Kernel | undefined;
  for (const [index, patch] of series.patches.entries()) {
    const broken = patches.some((p) => p.checks[0]?.verdict === 'fail');
    const row = broken
      ? ok({ checks: [], kernel: undefined })
      : await checkPatch(context, wanted, index + 1, walk);
    if (!row.ok) return row;
    last = row.value.kernel;
    const found = new Map(row.value.checks.map((check) => [check.name, check]));
    patches.push({
      name: patch.name,
      checks: PATCH_CHECKS.map((name) => found.get(name) ?? { name, verdict: 'not-run' }),
    });
  }
  const whole = await checkWhole(context, wanted, last);
  if (!whole.ok) return whole;
  return ok({ series: series.name, patches, whole: whole.value });
};

/** What one patch hands on to the next. */
interface Walk {
  before: Lint;
  /** Digest of the last bzImage that came up. */
  booted: string | undefined;
}

/** The tree after the first `count` patches, and what the linters say of it. */
const lintAt = async (
  context: Context,
  { source, series, inputs }: SeriesWanted,
  count: number,
): Promise<Result<{ readonly tree: Tree; readonly lint: Lint }>> => {
  // The files in question are those of the whole series, there already or not.
  const files = new Set(series.patches.flatMap(filesTouched));
  const title = count === 0 ? 'lint, without the series' : `lint, ${count} patches`;
  return withTree(context, source, [prefixOf(series, count)], (tree, home) =>
    step(context, 'check', title, async () => {
      const fragments = fragmentsAt(inputs.fragments.options, series, count);
      const found = await lint(context, tree, join(home, 'lint'), fragments, files);
      return found.ok
        ? ok({ value: { tree, lint: found.value }, cached: false, note: title })
        : found;
    }),
  );
};

/** What is looked at for one patch; the checks that it did not come to are left out. */
const checkPatch = async (
  context: Context,
  wanted: SeriesWanted,
  count: number,
  walk: Walk,
): Promise<Result<{ readonly checks: readonly Check[]; readonly kernel: Kernel | undefined }>> => {
  const { series, source, inputs } = wanted;
  const patch = series.patches[count - 1];
  if (!patch) return ok({ checks: [], kernel: undefined });
  const checks: Check[] = [];
  const linted = await lintAt(context, wanted, count);
  if (linted.ok) {
    const { tree, lint: found } = linted.value;
    checks.push(pass('applies'));
    checks.push(await checkpatch(context, tree, patch));
    checks.push(await maintained(context, tree, patch));
    const say = (now: readonly Warning[], before: readonly Warning[]) =>
      newIn(now, before).map(describeWarning);
    checks.push(finding('W=1', say(found.compiler, walk.before.compiler)));
    checks.push(finding('sparse', say(found.sparse, walk.before.sparse)));
    walk.before = found;
  } else if (linted.failure.kind !== 'unbuildable') {
    return linted;
  } else {
    const name = /does not apply|is not a patch/.test(linted.failure.what) ? 'applies' : 'W=1';
    if (name === 'W=1') checks.push(pass('applies'));
    checks.push(failureOf(name, linted.failure));
    if (name === 'applies') return ok({ checks, kernel: undefined });
  }
  const kernel = await obtainKernel(context, {
    source,
    series: [prefixOf(series, count)],
    fragments: fragmentsAt(inputs.fragments.options, series, count),
    variant: 'build',
    allowWarnings: false,
  });
  if (!kernel.ok && kernel.failure.kind !== 'unbuildable') return kernel;
  if (!kernel.ok)
    return ok({ checks: [...checks, failureOf('builds', kernel.failure)], kernel: undefined });
  checks.push(pass('builds'));
  const boots = await bootsOnce(context, wanted, kernel.value, count, walk);
  if (!boots.ok) return boots;
  return ok({ checks: [...checks, boots.value], kernel: kernel.value });
};

/** Boots the kernel and runs the programs of every series in it; the same bytes are not booted twice. */
const bootsOnce = async (
  context: Context,
  wanted: SeriesWanted,
  kernel: Kernel,
  count: number,
  walk: Walk,
): Promise<Result<Check>> => {
  const bytes = await digestFile(join(kernel.directory, 'bzImage'));
  if (bytes === walk.booted) return ok(pass('boots', 'the same kernel as before'));
  const plan = await planOf(context, []);
  if (!plan.ok) return plan;
  const directory = join(wanted.run.directory, `patch-${count}`);
  const check = await suite(context, kernel, plan.value, { ...wanted.run, directory }, 'boots');
  if (check.ok && check.value.verdict === 'pass') walk.booted = bytes;
  return check;
};
