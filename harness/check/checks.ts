// SPDX-License-Identifier: MIT
import type { Failure } from '../base/result.ts';
import type { Inputs } from '../run/inputs.ts';
import type { RunSpec } from '../run/spec.ts';
import type { Series } from '../series/series.ts';
import type { Source } from '../source/source.ts';

/** What every walk over a series needs. */
export interface SeriesWalk {
  readonly source: Source;
  readonly series: Series;
  readonly inputs: Inputs;
  readonly spec: RunSpec;
}

/** One check; `not-run` until it has run. */
export interface Check {
  readonly name: string;
  readonly verdict: 'pass' | 'fail' | 'not-run';
  /** In a few words, beside a pass as well: why it was cheap, how many there were. */
  readonly note?: string;
  /** The tool's own words, where it fails. */
  readonly detail?: readonly string[];
}

/** The checks of every patch, in this order. */
export const PATCH_CHECKS = [
  'applies',
  'checkpatch',
  'maintainers',
  'W=1',
  'sparse',
  'builds',
  'boots',
] as const;

/** All that was found out about a series. */
export interface SeriesChecks {
  readonly series: string;
  readonly patches: readonly { readonly name: string; readonly checks: readonly Check[] }[];
  /** Of the series as a whole. */
  readonly whole: readonly Check[];
  /** Why the walk ended early; the rest is `not-run`. */
  readonly stopped?: Failure;
}

export const pass = (name: string, note?: string): Check => ({
  name,
  verdict: 'pass',
  ...(note === undefined ? {} : { note }),
});

/** A pass when `problems` is empty. */
export const finding = (name: string, problems: readonly string[], note?: string): Check =>
  problems.length === 0
    ? pass(name, note)
    : {
        name,
        verdict: 'fail',
        note: note ?? `${problems.length} ${problems.length === 1 ? 'finding' : 'findings'}`,
        detail: problems,
      };

/** A failed build as a finding, in the words of the tool. */
export const failureOf = (name: string, { what, where, detail = '' }: Failure): Check =>
  finding(name, [where === undefined ? what : `${where}: ${what}`, ...detail.split('\n')], what);

/** Nothing failed, and everything that could be looked at was. */
export const isGood = ({ patches, whole, stopped }: SeriesChecks): boolean =>
  stopped === undefined &&
  [...patches.flatMap((p) => p.checks), ...whole].every(({ verdict }) => verdict === 'pass');
