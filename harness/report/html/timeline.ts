// SPDX-License-Identifier: MIT
import type { AnyResult } from '../../run/result/result.ts';
import { element, escaped } from '../markup.ts';
import { seconds, section, stateOf } from './parts.ts';

const WIDTH = 1000;
const LABEL = 90;
const ROW = 22;

interface Bar {
  readonly row: string;
  readonly name: string;
  readonly began: number;
  readonly milliseconds: number;
  readonly colour: string;
}

/** Steps, and the programs of each VM, along the time of a run. */
export const timeline = (result: AnyResult): readonly string[] => {
  const { started, milliseconds, steps } = result;
  const programs = result.kind === 'run' ? result.programs : [];
  const ran = programs.flatMap((program) => program.runs ?? [program]);
  const bars: readonly Bar[] = [
    ...steps.map(({ step, began, end, ...rest }) => ({
      row: 'steps',
      name: `${step}, ${end}`,
      began,
      milliseconds: rest.milliseconds,
      colour: end === 'failed' ? 'bad' : 'other',
    })),
    ...ran.flatMap(({ name, outcome, began, boot, ...rest }) =>
      began === undefined
        ? []
        : [
            {
              row: `VM ${boot}`,
              name: `${name}, ${outcome}`,
              began,
              milliseconds: rest.milliseconds,
              colour: stateOf(outcome),
            },
          ],
    ),
  ];
  const vm = (row: string): number => Number(/\d+$/.exec(row)?.[0] ?? 0);
  const rows = [...new Set(bars.map(({ row }) => row))].sort((a, b) => vm(a) - vm(b));
  if (rows.length === 0) return [];
  const zero = Date.parse(started);
  const scale = (WIDTH - LABEL) / Math.max(1, milliseconds);
  const drawn = bars.map(({ row, name, began, colour, ...bar }) => {
    const title = element('title', {}, escaped(`${name}, ${seconds(bar.milliseconds)}`));
    const place = {
      x: (LABEL + Math.max(0, began - zero) * scale).toFixed(1),
      y: rows.indexOf(row) * ROW + 3,
      width: Math.max(1, bar.milliseconds * scale - 1).toFixed(1),
      height: ROW - 6,
    };
    return element('rect', { class: colour, ...place }, title);
  });
  const labels = rows.map((row, index) =>
    element('text', { x: 0, y: index * ROW + 15 }, escaped(row)),
  );
  const said = `${steps.length} steps and ${ran.length} programs in ${rows.length - 1} VMs, ${seconds(milliseconds)} in all`;
  return section('Timeline', [
    element(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${rows.length * ROW}`, role: 'img', 'aria-label': said },
      [...labels, ...drawn],
    ),
  ]);
};
