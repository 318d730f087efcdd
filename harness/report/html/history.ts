// SPDX-License-Identifier: MIT
import type { Cost } from '../../measure/cost/cost.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import { element, escaped } from '../markup.ts';
import { seconds, section, stateOf } from './parts.ts';

const WIDTH = 240;
const HEIGHT = 28;

/** What is shown of a program in a run of before. */
type ProgramBefore = Pick<ProgramResult, 'name' | 'outcome' | 'milliseconds'>;

/** Runs and counts of before, oldest first. */
export interface Earlier {
  readonly runs: readonly (readonly ProgramBefore[])[];
  readonly costs: readonly Cost[];
}

/** How programs and figures of cost went in the runs before. */
export const history = ({ runs, costs }: Earlier): readonly string[] => [
  ...(runs.length < 2 ? [] : section(`The last ${runs.length} runs`, [programsOver(runs)])),
  ...(costs.length < 2
    ? []
    : section(`Instructions in the last ${costs.length} counts`, [costsOver(costs)])),
];

const programsOver = (runs: Earlier['runs']): string => {
  const byName = new Map<string, ProgramBefore[]>();
  for (const program of runs.flat()) {
    const ran = byName.get(program.name);
    if (ran) ran.push(program);
    else byName.set(program.name, [program]);
  }
  const rows = [...byName].map(([name, ran]) => [
    name,
    outcomes(ran),
    plot(
      ran.map(({ milliseconds }) => milliseconds),
      seconds,
    ),
  ]);
  return plotTable(['program', 'outcomes', 'durations'], rows);
};

const costsOver = (costs: readonly Cost[]): string => {
  const names = [
    ...new Set(costs.flatMap(({ instructions }) => instructions.map(({ name }) => name))),
  ];
  const rows = names.flatMap((name) => {
    const values = costs
      .map(({ instructions }) => instructions.find((row) => row.name === name)?.patched)
      .filter((value) => typeof value === 'number');
    return values.length < 2 ? [] : [[name, plot(values, String)]];
  });
  return plotTable(['probe', 'instructions'], rows);
};

/** Rows whose first cell is text, the others drawn already. */
const plotTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  element('table', {}, [
    element('tr', {}, head.map((text) => element('th', { scope: 'col' }, text)).join('')),
    ...rows.map(([name = '', ...drawn]) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, escaped(name)) +
          drawn.map((one) => element('td', {}, one)).join(''),
      ),
    ),
  ]);

/** A square a run: what flips between colours is a flake. */
const outcomes = (ran: readonly ProgramBefore[]): string => {
  const side = 9;
  const squares = ran.map(({ outcome }, index) =>
    element(
      'rect',
      { class: stateOf(outcome), x: index * side, y: 2, width: side - 2, height: HEIGHT - 8 },
      element('title', {}, escaped(outcome)),
    ),
  );
  const count = (state: string): number =>
    ran.filter(({ outcome }) => stateOf(outcome) === state).length;
  const said = `${ran.length} runs: ${count('good')} good, ${count('bad')} bad, ${count('skip')} skipped`;
  return element(
    'svg',
    { width: ran.length * side, height: HEIGHT, role: 'img', 'aria-label': said },
    squares,
  );
};

/** A curve from 0 to the greatest, which is named. */
const plot = (values: readonly number[], name: (value: number) => string): string => {
  const most = Math.max(...values, 1);
  const points = values.map((value, index) => {
    const x = values.length === 1 ? 0 : (index * WIDTH) / (values.length - 1);
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / most) * (HEIGHT - 4)).toFixed(1)}`;
  });
  const said = `from ${name(values[0] ?? 0)} to ${name(values.at(-1) ?? 0)}, at most ${name(most)}`;
  return `${element(
    'svg',
    { width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': said },
    element('polyline', { points: points.join(' ') }),
  )} ${element('span', { class: 'faint' }, escaped(name(values.at(-1) ?? 0)))}`;
};
