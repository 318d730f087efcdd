// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { digestFile } from '../base/fingerprint.ts';
import { withLock } from '../base/cache/lock.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import { imageOf, type Kernel } from '../kernel/kernel.ts';
import { describeWarning, newIn, type Warning } from '../kernel/make/diagnostics.ts';
import { inDirectory } from '../run/spec.ts';
import { applySeries } from '../series/apply.ts';
import { withTree } from '../series/with-tree.ts';
import { checkpatch, maintained } from './checkpatch.ts';
import {
  failureOf,
  finding,
  pass,
  PATCH_CHECKS,
  type Check,
  type SeriesChecks,
  type SeriesWalk,
} from './checks.ts';
import { lint, type Lint } from './lint.ts';
import { filesTouched } from '../series/patch/contents.ts';
import { fragmentsAt, prefixOf } from '../series/prefix.ts';
import { planOf, suite } from './suite.ts';
import { checkWhole } from './whole.ts';

/**
 * Looks at a series patch by patch, in order, each on top of those before it,
 * then at the whole. A patch that fails to apply leaves the rest `not-run`, and so
 * does an environment that fails on the way. Fails where it does at the start.
 */
export const checkSeries = async (
  context: Context,
  wanted: SeriesWalk,
): Promise<Result<SeriesChecks>> => {
  const { series } = wanted;
  const base = await inspect(context, wanted, 0);
  if (!base.ok) return base;
  const walk: Walk = { before: base.value.lint, booted: undefined };
  const patches: { readonly name: string; readonly checks: readonly Check[] }[] = [];
  let last: Kernel | undefined;
  let stopped: Failure | undefined;
  for (const [index, patch] of series.patches.entries()) {
    const broken = stopped ?? patches.some((p) => p.checks[0]?.verdict === 'fail');
    const row = broken
      ? ok({ checks: [], kernel: undefined })
      : await checkPatch(context, wanted, index + 1, walk);
    if (!row.ok) stopped = row.failure;
    last = row.ok ? row.value.kernel : undefined;
    const looked = row.ok ? row.value.checks : [];
    const found = new Map(looked.map((check) => [check.name, check]));
    patches.push({
      name: patch.name,
      checks: PATCH_CHECKS.map((name) => found.get(name) ?? { name, verdict: 'not-run' }),
    });
  }
  const whole = await checkWhole(context, wanted, last);
  stopped ??= whole.stopped;
  return ok({
    series: series.name,
    patches,
    whole: whole.checks,
    ...(stopped ? { stopped } : {}),
  });
};

/** What one patch hands on to the next. */
interface Walk {
  before: Lint;
  /** Digest of the last image that came up. */
  booted: string | undefined;
}

/** What was found out by reading and by compiling alone. */
interface Inspection {
  readonly lint: Lint;
  readonly style: readonly Check[];
}

/** Lays out the tree after the first `count` patches, and inspects the last of these. */
const inspect = (
  context: Context,
  { source, series, inputs }: SeriesWalk,
  count: number,
): Promise<Result<Inspection>> => {
  // The files in question are those of the whole series, there already or not.
  const files = new Set(series.patches.flatMap(filesTouched));
  const patch = series.patches[count - 1];
  const title = patch ? `lint, ${patch.name}` : 'lint, without the series';
  return withTree(context, source, prefixOf([series], count), (tree, home) =>
    step(context, 'check', title, async () => {
      const style = patch
        ? [await checkpatch(context, tree, patch), await maintained(context, tree, patch)]
        : [];
      const fragments = fragmentsAt(inputs.fragments.options, [series], count);
      const found = await lint(context, tree, join(home, 'lint'), fragments, files);
      return found.ok
        ? ok({ value: { lint: found.value, style }, cached: false, note: title })
        : found;
    }),
  );
};

/** What is looked at for one patch; the checks that it did not come to are left out. */
const checkPatch = async (
  context: Context,
  wanted: SeriesWalk,
  count: number,
  walk: Walk,
): Promise<Result<{ readonly checks: readonly Check[]; readonly kernel: Kernel | undefined }>> => {
  const { series, source, inputs } = wanted;
  const prefix = prefixOf([series], count);
  const applied = await withLock(context, join(context.cache, 'source', 'lock'), () =>
    applySeries(context, source, prefix),
  );
  if (!applied.ok)
    return applied.failure.kind === 'unbuildable'
      ? ok({ checks: [failureOf('applies', applied.failure)], kernel: undefined })
      : applied;
  const checks: Check[] = [pass('applies')];
  const inspected = await inspect(context, wanted, count);
  if (inspected.ok) {
    const { lint: found, style } = inspected.value;
    const say = (now: readonly Warning[], before: readonly Warning[]) =>
      newIn(now, before).map(describeWarning);
    checks.push(
      ...style,
      finding('W=1', say(found.compiler, walk.before.compiler)),
      finding('sparse', say(found.sparse, walk.before.sparse)),
    );
    walk.before = found;
  } else if (inspected.failure.kind !== 'unbuildable') {
    return inspected;
  } else {
    checks.push(failureOf('W=1', inspected.failure));
  }
  const kernel = await obtainKernel(context, {
    source,
    series: prefix,
    fragments: fragmentsAt(inputs.fragments.options, [series], count),
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
  wanted: SeriesWalk,
  kernel: Kernel,
  count: number,
  walk: Walk,
): Promise<Result<Check>> => {
  const bytes = await digestFile(imageOf(kernel));
  if (bytes === walk.booted) return ok(pass('boots', 'the same kernel as before'));
  const plan = await planOf(context, []);
  if (!plan.ok) return plan;
  const { spec } = wanted;
  const there = inDirectory(spec, join(spec.output.directory, `patch-${count}`));
  const check = await suite(context, kernel, plan.value, there, 'boots');
  if (check.ok && check.value.verdict === 'pass') walk.booted = bytes;
  return check;
};
