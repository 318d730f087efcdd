// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import type { Compared } from '../../compare/compare.ts';
import type { Difference } from '../../compare/program-status.ts';
import type { PrefixRow, Verified } from '../../compare/verify-series.ts';
import { tapDocument, type TestPoint } from '../../ktap/tap14.ts';
import { took } from '../terminal/plain.ts';

/** What counts against a state, by what it is called, and what does not. */
const AGAINST = {
  warnings: 'new warning',
  regressed: 'regressed',
  reports: 'new kernel report',
} as const;
const NEUTRAL = { fixed: 'begins to pass', stillFailing: 'still failing' } as const;

const lists = <K extends keyof Difference>(
  difference: Difference,
  words: Readonly<Record<K, string>>,
): readonly (readonly [string, readonly string[]])[] =>
  (Object.entries(words) as [K, string][]).map(([key, word]) => [word, difference[key]]);

/** Every prefix is ok, and with all patches in no test fails. */
export const isVerified = ({ rows, failing, stopped }: Verified): boolean =>
  stopped === undefined && failing.length === 0 && rows.every(({ verdict }) => verdict === 'ok');

/** Nothing is worse than it was. */
export const isNoWorse = ({ difference, broken }: Compared): boolean =>
  broken === undefined && lists(difference, AGAINST).every(([, found]) => found.length === 0);

/** As TAP 14: a point a prefix, then one for the whole. */
export const renderVerifiedTap = ({ series, rows, failing }: Verified): string =>
  tapDocument(
    [
      ...rows.map((row) => ({
        ok: row.verdict === 'ok',
        name: row.name,
        diagnostics: {
          ...(row.verdict === 'ok' ? {} : { outcome: row.verdict }),
          ...(row.broken === undefined ? {} : { why: row.broken }),
          ...(row.unchanged ? { kernel: 'the same bytes as before: not booted again' } : {}),
          ...data(row.difference),
        },
      })),
      {
        ok: failing.length === 0 && rows.every(({ verdict }) => verdict !== 'not-run'),
        name: 'with all patches in, every test passes',
        ...(failing.length > 0 ? { diagnostics: { failing } } : {}),
      },
    ],
    [`series ${series} (${rows.length - 1})`],
  );

const data = (difference: Difference): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    [...lists(difference, AGAINST), ...lists(difference, { fixed: NEUTRAL.fixed })]
      .filter(([, found]) => found.length > 0)
      .map(([word, found]) => [word.replaceAll(' ', '_'), found]),
  );

/** For a person: a line a prefix, and below it what began with it. */
export const renderVerified = (verified: Verified): string => {
  const { series, rows, failing } = verified;
  const widest = Math.max(series.length, ...rows.map(({ name }) => name.length));
  const cells = (row: PrefixRow): readonly string[] => {
    if (row.verdict === 'not-run') return ['-', '-', '-', '-', '-', '-'];
    const { difference } = row;
    return [
      row.builds ? 'ok' : 'FAIL',
      row.builds ? String(difference.warnings.length) : '-',
      row.unchanged ? 'same' : row.boots ? 'ok' : row.builds ? 'FAIL' : '-',
      row.boots ? `${row.passing}/${row.tests}` : '-',
      `+${difference.fixed.length} -${difference.regressed.length}`,
      String(difference.reports.length),
      took(row.milliseconds),
    ];
  };
  const HEAD = ['builds', 'warnings', 'boots', 'passing', 'begin', 'reports', 'time'];
  const line = (name: string, texts: readonly string[]): string =>
    [name.padEnd(widest), ...texts.map((text, i) => text.padEnd(HEAD[i]?.length ?? 0))]
      .join('  ')
      .trimEnd();
  return [
    line(series, HEAD),
    ...rows.map((row) => line(row.name, cells(row))),
    ...rows.flatMap((row) => details(row)),
    ...(failing.length > 0
      ? ['', 'with all patches in these do not pass:', ...failing.map((name) => `  ${name}`)]
      : []),
  ]
    .map(printable)
    .join('\n');
};

const details = ({ name, broken, difference }: PrefixRow): readonly string[] => {
  const found = lists(difference, AGAINST).flatMap(([word, texts]) =>
    texts.map((text) => `  ${word}: ${text}`),
  );
  const lines = [...(broken === undefined ? [] : [`  ${broken}`]), ...found];
  return lines.length > 0 ? ['', `${name}:`, ...lines] : [];
};

/** As TAP 14: a point for each thing that may have got worse. */
export const renderComparedTap = ({ base, patched, difference, broken }: Compared): string => {
  const point = (name: string, found: readonly string[]): TestPoint => ({
    ok: found.length === 0,
    name,
    ...(found.length > 0 ? { diagnostics: { found } } : {}),
  });
  return tapDocument(
    [
      point('it builds, boots and runs to the end', broken === undefined ? [] : [broken]),
      ...lists(difference, AGAINST).map(([word, found]) => point(`no ${word}`, found)),
    ],
    [
      `${patched}, held against ${base}`,
      ...lists(difference, NEUTRAL).map(([word, found]) => `${word}: ${found.length}`),
    ],
  );
};

/** For a person: what got worse first. */
export const renderCompared = ({
  base,
  patched,
  difference,
  broken,
  passing,
}: Compared): string => {
  const all = [...lists(difference, AGAINST), ...lists(difference, NEUTRAL)];
  return [
    ...(broken === undefined ? [] : [`${patched}: ${broken}`]),
    ...all.flatMap(([word, found]) => found.map((text) => `${word.padEnd(18)} ${text}`)),
    `${patched}: ${passing.patched} of ${passing.tests} tests pass; ${base}: ${passing.base}`,
  ]
    .map(printable)
    .join('\n');
};
