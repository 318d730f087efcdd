// SPDX-License-Identifier: MIT
import { printable } from '../../base/process/lines.ts';
import { tapDocument } from '../../ktap/tap14.ts';
import type { Cost, CostRow, Value } from '../../measure/cost/cost.ts';
import { table } from '../table.ts';

/** What a figure may grow by: so many instructions, or so much of a hundred. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly unit: 'instructions' | '%';
}

/** A limit that is passed, or cannot be told; undefined where it holds. */
const overstep = ({ instructions }: Cost, { name, value, unit }: Limit): string | undefined => {
  const row = instructions.find((one) => one.name === name);
  if (!row) return `there is no probe ${name}: ${instructions.map((one) => one.name).join(', ')}`;
  const grown = growth(row);
  if (grown === undefined) return `${show(row.base)} | ${show(row.patched)}`;
  const amount = unit === '%' ? grown.percent : grown.by;
  return amount <= value ? undefined : `+${grown.by} instructions, ${grown.percent.toFixed(3)} %`;
};

const growth = ({ base, patched }: CostRow) =>
  typeof base === 'number' && typeof patched === 'number'
    ? { by: patched - base, percent: base === 0 ? 0 : (100 * (patched - base)) / base }
    : undefined;

const isUnsteady = ({ base, patched }: CostRow): boolean =>
  typeof base === 'object' || typeof patched === 'object';

/** Something was counted on both, all runs agreed, and every limit holds. */
export const isCheap =
  (limits: readonly Limit[]) =>
  (cost: Cost): boolean =>
    cost.instructions.some((row) => growth(row) !== undefined) &&
    !cost.instructions.some(isUnsteady) &&
    limits.every((limit) => overstep(cost, limit) === undefined);

/** As TAP 14: a point a figure, and one a limit. */
export const renderCostTap =
  (limits: readonly Limit[]) =>
  (cost: Cost): string =>
    tapDocument(
      [
        ...cost.instructions.map((row) => {
          const { name, base, patched } = row;
          // What the base cannot do is no difference, and no failure.
          const missing = growth(row) === undefined && !isUnsteady(row);
          return {
            ok: !isUnsteady(row),
            name,
            ...(missing ? { directive: 'SKIP' as const, reason: 'not on both kernels' } : {}),
            diagnostics: { base, patched, ...growth(row) },
          };
        }),
        ...limits.map((limit) => {
          const why = overstep(cost, limit);
          const { name, value, unit } = limit;
          return {
            ok: why === undefined,
            name: `${name} grows by at most ${value} ${unit}`,
            ...(why === undefined ? {} : { diagnostics: { why } }),
          };
        }),
      ],
      [`series ${cost.series.join(', ')}: guest instructions, without it and with it`],
    );

/** Of symbols that differ so many are shown; the rest is in the result. */
const MOST = 12;

/** For a person: the tables, and where each difference comes from. */
export const renderCost = (cost: Cost): string => {
  const { instructions, accounts, unaccounted, bytes, memory, symbols } = cost;
  const rows = (all: readonly CostRow[]): readonly (readonly string[])[] => all.map(costCells);
  const head = (unit: string): readonly string[] => [unit, 'base', 'patched', 'difference', ''];
  const largest = [...symbols]
    .sort((a, b) => Math.abs(sizeDifference(b)) - Math.abs(sizeDifference(a)))
    .slice(0, MOST);
  return [
    ...table(head('instructions'), rows(instructions)),
    ...accounts.flatMap(({ probe, functions }) => [
      '',
      `${probe}: where the difference comes from`,
      ...table(
        ['', '', '', ''],
        functions
          .slice(0, MOST)
          .map((one) => [
            `  ${one.name}`,
            String(one.base),
            String(one.patched),
            signed(one.patched - one.base),
          ]),
      ).slice(1),
    ]),
    ...(unaccounted === undefined ? [] : ['', `no account by function: ${unaccounted}`]),
    '',
    ...table(head('bytes'), rows(bytes)),
    '',
    ...table(head('KiB after boot'), rows(memory)),
    ...(largest.length > 0
      ? [
          '',
          `of ${symbols.length} symbols that differ the largest, in bytes`,
          ...largest.map((row) => `  ${signed(sizeDifference(row)).padStart(8)}  ${row.name}`),
        ]
      : []),
  ]
    .map(printable)
    .join('\n');
};

const sizeDifference = ({ base, patched }: CostRow): number =>
  (typeof patched === 'number' ? patched : 0) - (typeof base === 'number' ? base : 0);

/** Name, base, patched, the difference and what it is of a hundred. */
export const costCells = (row: CostRow): readonly string[] => [
  row.name,
  show(row.base),
  show(row.patched),
  ...difference(row),
];

const show = (value: Value): string =>
  typeof value === 'object' ? `${value.join('|')} (unsteady)` : String(value);

const difference = (row: CostRow): readonly string[] => {
  const grown = growth(row);
  return grown ? [signed(grown.by), `${grown.percent.toFixed(3)} %`] : ['', ''];
};

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));
