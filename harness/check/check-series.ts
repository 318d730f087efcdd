// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { digestFile } from '../base/fingerprint.ts';
import { withLock } from '../base/cache/lock.ts';
import { ok, type Result } from '../base/result.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import { imageOf, type Kernel } from '../kernel/kernel.ts';
import { describeWarning, newIn, type Warning } from '../kernel/make/diagnostics.ts';
import { inDirectory } from '../run/spec.ts';
import { applySeries } from '../series/apply/apply.ts';
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
import { fragmentsAt, prefixesOf, prefixOf, type Prefix } from '../series/prefix.ts';
import { walkPrefixes, type Looked } from '../series/walk-prefixes.ts';
import { planOf, suite } from './suite.ts';
import { checkWhole } from './whole.ts';

/**
 * Checks a series patch by patch, each on top of those before it, and then the whole. Where
 * a patch does not apply, or the environment fails on the way, the rest is `not-run`. Fails
 * where the environment fails at the start.
 */
export const checkSeries = async (
  context: Context,
  walk: SeriesWalk,
): Promise<Result<SeriesChecks>> => {
  const { series } = walk;
  const [none, ...prefixes] = prefixesOf([series]);
  if (!none) throw new Error('every series has the prefix of no patch');
  const base = await inspect(context, walk, none);
  if (!base.ok) return base;
  const walked = await walkPrefixes<PatchRow, Handed>({
    prefixes,
    first: { lint: base.value.lint, booted: undefined, kernel: undefined },
    look: (prefix, handed) => checkPatch(context, walk, prefix, handed),
    notRun: ({ name }) => rowOf(name, []),
  });
  const whole = await checkWhole(context, walk, walked.last?.kernel);
  const stopped = walked.stopped ?? whole.stopped;
  return ok({
    series: series.name,
    patches: walked.rows,
    whole: whole.checks,
    ...(stopped ? { stopped } : {}),
  });
};

type PatchRow = SeriesChecks['patches'][number];

/** All checks of one patch, in their order; a check without a result is `not-run`. */
const rowOf = (name: string, checks: readonly Check[]): PatchRow => {
  const found = new Map(checks.map((check) => [check.name, check]));
  return {
    name,
    checks: PATCH_CHECKS.map((check) => found.get(check) ?? { name: check, verdict: 'not-run' }),
  };
};

/** What the check of the next patch has to know. */
interface Handed {
  readonly lint: Lint;
  /** Digest of the last image that booted. */
  readonly booted: string | undefined;
  /** The kernel with this patch; undefined where it was not built. */
  readonly kernel: Kernel | undefined;
}

/** What reading and compiling found, without a boot. */
interface Inspection {
  readonly lint: Lint;
  readonly style: readonly Check[];
}

/** Lays out the tree after the first `count` patches, and inspects the last of these. */
const inspect = (
  context: Context,
  { source, series, inputs }: SeriesWalk,
  { name, count }: Prefix,
): Promise<Result<Inspection>> => {
  // The files are those of the whole series, even where a later patch adds them.
  const files = new Set(series.patches.flatMap(filesTouched));
  const patch = series.patches[count - 1];
  const title = `lint, ${name}`;
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

/** Checks one patch. */
const checkPatch = async (
  context: Context,
  walk: SeriesWalk,
  prefix: Prefix,
  before: Handed,
): Promise<Result<Looked<PatchRow, Handed>>> => {
  const { series, source, inputs } = walk;
  const { name, count } = prefix;
  const patched = prefixOf([series], count);
  const checks: Check[] = [];
  const looked = (handed: Handed, ends = false) => ok({ row: rowOf(name, checks), handed, ends });
  const applied = await withLock(context, join(context.cache, 'source', 'lock'), () =>
    applySeries(context, source, patched),
  );
  if (!applied.ok) {
    if (applied.failure.kind !== 'unbuildable') return applied;
    checks.push(failureOf('applies', applied.failure));
    return looked({ ...before, kernel: undefined }, true);
  }
  checks.push(pass('applies'));
  const inspected = await inspect(context, walk, prefix);
  if (!inspected.ok && inspected.failure.kind !== 'unbuildable') return inspected;
  checks.push(
    ...(inspected.ok
      ? inspectionChecks(inspected.value, before.lint)
      : [failureOf('W=1', inspected.failure)]),
  );
  const lint = inspected.ok ? inspected.value.lint : before.lint;
  const kernel = await obtainKernel(context, {
    source,
    series: patched,
    fragments: fragmentsAt(inputs.fragments.options, [series], count),
    variant: 'build',
    allowWarnings: false,
  });
  if (!kernel.ok) {
    if (kernel.failure.kind !== 'unbuildable') return kernel;
    checks.push(failureOf('builds', kernel.failure));
    return looked({ ...before, lint, kernel: undefined });
  }
  checks.push(pass('builds'));
  const image = await digestFile(imageOf(kernel.value));
  const boots =
    image === before.booted
      ? ok(pass('boots', 'the same kernel as before'))
      : await bootsOnce(context, walk, { kernel: kernel.value, count });
  if (!boots.ok) return boots;
  checks.push(boots.value);
  const booted = boots.value.verdict === 'pass' ? image : before.booted;
  return looked({ lint, booted, kernel: kernel.value });
};

/** The style of a patch, and the warnings that it adds. */
const inspectionChecks = ({ lint: now, style }: Inspection, before: Lint): readonly Check[] => {
  const added = (all: readonly Warning[], old: readonly Warning[]) =>
    newIn(all, old).map(describeWarning);
  return [
    ...style,
    finding('W=1', added(now.compiler, before.compiler)),
    finding('sparse', added(now.sparse, before.sparse)),
  ];
};

/** Boots the kernel and runs the programs that are for all kernels. */
const bootsOnce = async (
  context: Context,
  { spec }: SeriesWalk,
  { kernel, count }: { readonly kernel: Kernel; readonly count: number },
): Promise<Result<Check>> => {
  const plan = await planOf(context, []);
  if (!plan.ok) return plan;
  const there = inDirectory(spec, join(spec.output.directory, `patch-${count}`));
  return suite(context, kernel, { name: 'boots', plan: plan.value, spec: there });
};
