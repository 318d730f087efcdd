// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { OUTCOMES } from '../../base/outcome.ts';
import { tapDocument } from '../../ktap/tap14.ts';
import type { Coverage } from '../../measure/coverage/coverage.ts';
import { percent, type Counted, type MeasuredLine } from '../../measure/coverage/join.ts';
import { table } from '../table.ts';

/** Every program passed or was skipped, nothing was lost, and so much of a hundred ran. */
export const isCovered =
  (min: number) =>
  ({ outcomes, lost, total }: Coverage): boolean =>
    outcomes.some(({ outcome }) => outcome === 'pass') &&
    outcomes.every(({ outcome }) => OUTCOMES[outcome].tapOk) &&
    lost.length === 0 &&
    total.lines > 0 &&
    percent(total) >= min;

/** As TAP 14: a point a program, one a patch, and one for the whole. */
export const renderCoverageTap =
  (min: number) =>
  ({ series, outcomes, patches, total, uncounted, lost }: Coverage): string =>
    tapDocument(
      [
        ...outcomes.map(({ name, outcome, why }) => ({
          ok: OUTCOMES[outcome].tapOk && !lost.includes(name),
          name,
          ...(OUTCOMES[outcome].directive ? { directive: 'SKIP' as const, reason: why } : {}),
          ...(outcome === 'pass' && !lost.includes(name)
            ? {}
            : { diagnostics: { outcome, why: lost.includes(name) ? LOST : why } }),
        })),
        ...patches.map(({ name, ...counted }) =>
          counted.lines === 0
            ? { ok: true, name, directive: 'SKIP' as const, reason: 'it adds no counted code' }
            : { ok: true, name, diagnostics: counted },
        ),
        {
          ok: total.lines > 0 && percent(total) >= min,
          name: min > 0 ? `at least ${min} % of the added lines ran` : 'added lines ran',
          diagnostics: {
            ...total,
            percent: Number(percent(total).toFixed(2)),
            ...(uncounted.length > 0 ? { uncounted } : {}),
          },
        },
      ],
      [`series ${series.join(', ')}: lines that ran`],
    );

const LOST = 'the VM went with what it had counted';

/** For a person: patches, functions that did not run whole with the lines, programs. */
export const renderCoverage = (coverage: Coverage): string => {
  const { patches, total, functions, programs, uncounted, outcomes, lost } = coverage;
  const partly = oncePerLine(functions).filter(({ missed }) => missed.length > 0);
  const bad = outcomes.filter(({ outcome }) => !OUTCOMES[outcome].tapOk);
  return [
    ...table(
      ['', 'lines', 'ran', '', 'branches', 'taken', ''],
      [
        ...patches.filter(({ lines }) => lines > 0).map((patch) => [patch.name, ...cells(patch)]),
        ['all', ...cells(total)],
      ],
    ),
    ...partly.flatMap(({ file, name, lines, run, missed }) => [
      '',
      `${file}: ${name}(): ${run} of ${lines} lines ran`,
      ...missed.map(({ line, text, patch }) => `  ${line}: ${text.trim()}  (${patch})`),
    ]),
    '',
    ...table(
      ['', 'ran', 'alone'],
      programs.map(({ name, lines, only }) => [name, String(lines), String(only.length)]),
    ),
    ...programs.flatMap(({ name, only }) =>
      only.length > 0 ? [`only ${name}: ${placesOf(only)}`] : [],
    ),
    ...uncounted.map(({ file, why }) => `not counted: ${file}: ${why}`),
    ...lost.map((name) => `${name}: ${LOST}`),
    ...bad.map(({ name, outcome, why }) => `${outcome}: ${name}: ${why ?? ''}`),
  ]
    .map(printable)
    .join('\n');
};

/** A macro may make several functions of one line: the first of them stands for all. */
const oncePerLine = (functions: Coverage['functions']): Coverage['functions'] => {
  const told = new Set<string>();
  return functions.map((one) => ({
    ...one,
    missed: one.missed.filter(({ file, line }) => {
      const place = `${file}:${line}`;
      return !told.has(place) && told.add(place);
    }),
  }));
};

const cells = ({ lines, run, branches, taken }: Counted): readonly string[] => [
  String(lines),
  String(run),
  share(run, lines),
  String(branches),
  String(taken),
  share(taken, branches),
];

const share = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;

/** `kernel/a.c:3-5,9`: where, by runs of lines. */
const placesOf = (lines: readonly MeasuredLine[]): string => {
  const byFile = new Map<string, [number, number][]>();
  for (const { file, line } of lines) {
    const runs = byFile.get(file) ?? [];
    byFile.set(file, runs);
    const last = runs.at(-1);
    if (last?.[1] === line - 1) last[1] = line;
    else runs.push([line, line]);
  }
  const places = [...byFile].map(
    ([file, runs]) => `${file}:${runs.map(([a, b]) => (a === b ? a : `${a}-${b}`)).join(',')}`,
  );
  return places.join(' ');
};
