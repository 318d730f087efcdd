// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { step, type Context } from '../base/context.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import type { Plan } from '../run/tests/plan.ts';
import { inDirectory, type RunSpec } from '../run/spec.ts';
import { filesTouched } from '../series/patch/contents.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { prefixesOf, type Prefix } from '../series/prefix.ts';
import { walkPrefixes, type Looked } from '../series/walk-prefixes.ts';
import { buildCandidate, type Built, type Candidate } from '../trial/candidate.ts';
import { prefixCandidate, type PatchesOptions } from '../trial/prefix-candidate.ts';
import { tryOut } from '../trial/trial.ts';
import {
  differenceOf,
  passing,
  stateOf,
  withoutWholes,
  type Difference,
  type State,
} from './program-status.ts';

/** One prefix of a series, compared with the one before it. */
export interface PrefixRow {
  /** The patch that came in; `without the series` for none. */
  readonly name: string;
  readonly verdict: 'ok' | 'fail' | 'not-run';
  readonly builds: boolean;
  readonly boots: boolean;
  /** The image is the same as that of the prefix before it: it was not booted again. */
  readonly unchanged: boolean;
  readonly broken?: string;
  readonly difference: Difference;
  /** How many tests pass, of `tests`. */
  readonly passing: number;
  readonly tests: number;
  readonly milliseconds: number;
}

export interface Verified {
  readonly series: string;
  readonly rows: readonly PrefixRow[];
  /** Tests that fail with the whole series. */
  readonly failing: readonly string[];
  /** Why the walk ended early; the rest is `not-run`. */
  readonly stopped?: Failure;
}

/** A series, and the programs that run on each of its prefixes. */
export interface VerifyOptions {
  readonly patches: PatchesOptions;
  readonly plan: Plan;
  readonly spec: RunSpec;
}

/**
 * Builds, boots and tests every prefix of a series, from none of its patches to
 * all, in one build directory. The programs are those of the whole series, each
 * compiled once: the test of a feature fails until the patch that adds the feature.
 */
export const verifySeries = async (
  context: Context,
  options: VerifyOptions,
): Promise<Result<Verified>> => {
  const { series } = options.patches;
  const patches = watchingAll(options.patches);
  const count = series.reduce((sum, one) => sum + one.patches.length, 0);
  const whole = await buildCandidate(context, prefixCandidate(patches, count));
  if (!whole.ok) return whole;
  const headers = whole.value.kind === 'built' ? whole.value.kernel : undefined;
  const walked = await walkPrefixes<PrefixRow, Handed>({
    prefixes: prefixesOf(series),
    first: { before: undefined, built: undefined },
    look: (prefix, handed) => lookAt(context, { ...options, patches, headers }, prefix, handed),
    notRun: ({ name }) => ({ ...NOTHING, name }),
  });
  return ok({
    series: series.map(({ name }) => name).join(', '),
    rows: walked.rows,
    failing: withoutWholes(
      [...(walked.last?.before?.tests ?? [])].flatMap(([name, how]) =>
        how === 'fail' ? [name] : [],
      ),
    ),
    ...(walked.stopped ? { stopped: walked.stopped } : {}),
  });
};

/** The same, with the warnings kept of every file that any of the patches touches. */
const watchingAll = (patches: PatchesOptions): PatchesOptions => {
  const all = patches.series.flatMap((one) => one.patches);
  return { ...patches, watched: [...new Set(all.flatMap(filesTouched))] };
};

/** The kernels that {@link verifySeries} looks at, in order. */
export const candidatesToVerify = (patches: PatchesOptions): readonly Candidate[] =>
  prefixesOf(patches.series).map(({ count }) => prefixCandidate(watchingAll(patches), count));

const NONE: Difference = { warnings: [], regressed: [], fixed: [], stillFailing: [], reports: [] };

const NOTHING: Omit<PrefixRow, 'name'> = {
  verdict: 'not-run',
  builds: false,
  boots: false,
  unchanged: false,
  difference: NONE,
  passing: 0,
  tests: 0,
  milliseconds: 0,
};

/** What the next prefix is compared with. */
interface Handed {
  /** What the last prefix that builds shows. */
  readonly before: State | undefined;
  /** Its kernel. */
  readonly built: Built | undefined;
}

const lookAt = (
  context: Context,
  { patches, plan, spec, headers }: VerifyOptions & { readonly headers: Kernel | undefined },
  { name, count }: Prefix,
  handed: Handed,
): Promise<Result<Looked<PrefixRow, Handed>>> => {
  const began = performance.now();
  return step(context, 'verify', name, async () => {
    const built = await buildCandidate(context, prefixCandidate(patches, count));
    if (!built.ok) return built;
    const kernel = built.value.kind === 'built' ? built.value : undefined;
    const unchanged = kernel !== undefined && kernel.bytes === handed.built?.bytes;
    const there = inDirectory(spec, join(spec.output.directory, `patch-${count}`));
    const seen = await tryOut(
      context,
      built.value,
      unchanged ? { kind: 'build' } : { kind: 'run', plan, headers, spec: there },
    );
    if (!seen.ok) return seen;
    const { before } = handed;
    const state = stateOf(seen.value);
    // The same kernel has the same results; only its warnings are its own.
    const now = unchanged && before ? { ...before, warnings: state.warnings } : state;
    const difference = before ? differenceOf(before, now) : NONE;
    const good =
      now.builds &&
      now.boots &&
      [difference.warnings, difference.regressed, difference.reports].every(
        (found) => found.length === 0,
      );
    const row: PrefixRow = {
      name,
      verdict: good ? 'ok' : 'fail',
      builds: now.builds,
      boots: now.boots,
      unchanged,
      ...(now.broken === undefined ? {} : { broken: now.broken }),
      difference,
      passing: passing(now),
      tests: now.tests.size,
      milliseconds: Math.round(performance.now() - began),
    };
    const next = { before: now.builds ? now : before, built: kernel ?? handed.built };
    return ok({
      value: { row, handed: next },
      cached: false,
      note: `${name}: ${row.verdict}`,
    });
  });
};
