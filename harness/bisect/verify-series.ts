// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { step, type Context } from '../base/context.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import type { Plan } from '../run/tests/plan.ts';
import { inDirectory, type RunSpec } from '../run/spec.ts';
import { filesTouched } from '../series/patch/contents.ts';
import type { Kernel } from '../kernel/kernel.ts';
import {
  buildCandidate,
  tryOut,
  type Built,
  type Observation,
  type RunTrial,
  type Unbuilt,
} from './observe.ts';
import { prefixCandidate, type PatchesOptions } from './ranges/patches.ts';
import {
  differenceOf,
  stateOf,
  withoutWholes,
  type Difference,
  type State,
} from './question/program-status.ts';

/** One prefix of a series, held against the one before it. */
export interface PrefixRow {
  /** The patch that came in; `without the series` for none. */
  readonly name: string;
  readonly verdict: 'ok' | 'fail' | 'not-run';
  readonly builds: boolean;
  readonly boots: boolean;
  /** The image holds the bytes of the prefix before it: it was not booted again. */
  readonly unchanged: boolean;
  readonly broken?: string;
  readonly difference: Difference;
  /** Tests that pass, of all. */
  readonly passing: number;
  readonly tests: number;
  readonly milliseconds: number;
}

export interface Verified {
  readonly series: string;
  readonly rows: readonly PrefixRow[];
  /** Tests that do not pass with the whole series in, or that nobody came to. */
  readonly failing: readonly string[];
  /** Why the walk ended before its time; the rest is `not-run`. */
  readonly stopped?: Failure;
}

/**
 * Builds, boots and tests every prefix of a series, from none of its patches to
 * all, in one build directory. The programs are those of the whole series, each
 * compiled once: what a prefix lacks fails, until the patch that brings it.
 */
export const verifySeries = async (
  context: Context,
  patches: PatchesOptions,
  plan: Plan,
  spec: RunSpec,
): Promise<Result<Verified>> => {
  const all = patches.series.flatMap((series) => series.patches);
  const wanted = { ...patches, watched: [...new Set(all.flatMap(filesTouched))] };
  const whole = await buildCandidate(context, prefixCandidate(wanted, all.length));
  if (!whole.ok) return whole;
  const headers = whole.value.kind === 'built' ? whole.value.kernel : undefined;
  const walk: Walk = { before: undefined, tried: undefined, headers };
  const rows: PrefixRow[] = [];
  let stopped: Failure | undefined;
  for (let count = 0; count <= all.length; count += 1) {
    const { label } = prefixCandidate(wanted, count);
    const row = stopped ? undefined : await lookAt(context, wanted, count, walk, plan, spec);
    if (row && !row.ok) stopped = row.failure;
    rows.push(row?.ok ? row.value : { ...NOTHING, name: label });
  }
  const last = stopped ? undefined : walk.before;
  return ok({
    series: patches.series.map(({ name }) => name).join(', '),
    rows,
    failing: withoutWholes(
      [...(last?.tests ?? [])].flatMap(([name, how]) => (how === 'fail' ? [name] : [])),
    ),
    ...(stopped ? { stopped } : {}),
  });
};

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

/** What one prefix hands on to the next. */
interface Walk {
  /** The last state that could be looked at. */
  before: State | undefined;
  tried: Built | undefined;
  readonly headers: Kernel | undefined;
}

const lookAt = (
  context: Context,
  wanted: PatchesOptions,
  count: number,
  walk: Walk,
  plan: Plan,
  spec: RunSpec,
): Promise<Result<PrefixRow>> => {
  const candidate = prefixCandidate(wanted, count);
  const began = performance.now();
  return step(context, 'verify', candidate.label, async () => {
    const built = await buildCandidate(context, candidate);
    if (!built.ok) return built;
    const unchanged = built.value.kind === 'built' && built.value.bytes === walk.tried?.bytes;
    const seen = await see(context, built.value, unchanged, candidate.label, plan, {
      headers: walk.headers,
      spec: inDirectory(spec, join(spec.output.directory, `patch-${count}`)),
    });
    if (!seen.ok) return seen;
    const { before } = walk;
    // The same kernel stands as it stood; what it warns of is its own.
    const now =
      unchanged && before
        ? { ...before, warnings: stateOf(seen.value).warnings }
        : stateOf(seen.value);
    const difference = before ? differenceOf(before, now) : NONE;
    const good =
      now.builds &&
      now.boots &&
      [difference.warnings, difference.regressed, difference.reports].every(
        (found) => found.length === 0,
      );
    if (now.builds) walk.before = now;
    if (built.value.kind === 'built') walk.tried = built.value;
    const row: PrefixRow = {
      name: candidate.label,
      verdict: good ? 'ok' : 'fail',
      builds: now.builds,
      boots: now.boots,
      unchanged,
      ...(now.broken === undefined ? {} : { broken: now.broken }),
      difference,
      passing: [...now.tests.values()].filter((how) => how === 'pass').length,
      tests: now.tests.size,
      milliseconds: Math.round(performance.now() - began),
    };
    return ok({ value: row, cached: false, note: `${candidate.label}: ${row.verdict}` });
  });
};

const see = (
  context: Context,
  built: Built | Unbuilt,
  unchanged: boolean,
  label: string,
  plan: Plan,
  how: RunTrial,
): Promise<Result<Observation>> => {
  if (built.kind === 'unbuilt') return Promise.resolve(ok(built));
  return tryOut(
    context,
    built,
    label,
    unchanged ? { kind: 'build' } : { kind: 'run', plan, ...how },
  );
};
