// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { PATCH_CHECKS, type Check, type SeriesChecks } from '../../check/checks.ts';
import { tapDocument, type TestPoint } from '../../ktap/tap14.ts';

const WORD: Readonly<Record<Check['verdict'], string>> = {
  pass: 'ok',
  fail: 'FAIL',
  'not-run': '-',
};

/** A check of a series for a person: a line a patch, a column a check, then the whole and what failed. */
export const renderChecksTable = ({ series, patches, whole }: SeriesChecks): string => {
  const widest = Math.max(series.length, ...patches.map((p) => p.name.length));
  const row = (name: string, cells: readonly string[]): string =>
    [
      name.padEnd(widest),
      ...cells.map((cell, i) => cell.padEnd(PATCH_CHECKS[i]?.length ?? 0)),
    ].join('  ');
  const failures = [
    ...patches.flatMap((p) => p.checks.map((check) => ({ of: p.name, check }))),
    ...whole.map((check) => ({ of: series, check })),
  ].filter(({ check }) => check.verdict === 'fail');
  return [
    ...(patches.length > 0 ? [row(series, PATCH_CHECKS)] : [series]),
    ...patches.map((p) =>
      row(
        p.name,
        p.checks.map((c) => WORD[c.verdict]),
      ),
    ),
    '',
    ...whole.map((c) => `${WORD[c.verdict].padEnd(4)}  ${c.name}${c.note ? `: ${c.note}` : ''}`),
    ...failures.flatMap(({ of, check }) => [
      '',
      `${of}, ${check.name}: ${printable(check.note ?? '')}`,
      ...(check.detail ?? []).slice(0, 40).map((line) => `  | ${printable(line)}`),
    ]),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
};

/** The same as TAP 14: a point a patch with its checks below, then the checks of the whole. */
export const renderChecksTap = ({ series, patches, whole }: SeriesChecks): string =>
  tapDocument(
    [
      ...patches.map(({ name, checks }) => ({
        ok: checks.every((check) => check.verdict === 'pass'),
        name,
        subtests: checks.map(pointOf),
      })),
      ...whole.map(pointOf),
    ],
    [`series ${series} (${patches.length})`],
  );

const pointOf = ({ name, verdict, note, detail }: Check): TestPoint => ({
  ok: verdict === 'pass',
  name,
  ...(verdict !== 'pass'
    ? {
        diagnostics: {
          outcome: verdict,
          ...(note === undefined ? {} : { note }),
          ...(detail === undefined ? {} : { detail }),
        },
      }
    : {}),
});
