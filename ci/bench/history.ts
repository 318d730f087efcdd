// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import type { Figure } from './figures.ts';

/** One run of the bench, a line of results/bench.jsonl. */
export interface Entry {
  readonly when: string;
  readonly machine: string;
  readonly groups: readonly string[];
  readonly figures: readonly Figure[];
}

export const readHistory = (file: string): readonly Entry[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);

const WIDTH = 480;
const HEIGHT = 80;

/** All runs as a page of curves, one a figure, drawn from its median, with its goal. */
export const plot = (history: readonly Entry[]): string => {
  const names = [...new Set(history.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>kbt bench</title>
<style>body{font:14px sans-serif;margin:2em}svg{background:#8881;overflow:visible}
polyline{fill:none;stroke:#27c;stroke-width:2}circle{fill:#27c}line{stroke:#c22;stroke-dasharray:4}</style>
<h1>kbt bench</h1>
${names.map((name) => curve(name, history)).join('\n')}
</html>
`;
};

const curve = (name: string, history: readonly Entry[]): string => {
  const taken = history.flatMap(({ when, figures }) =>
    figures.filter((figure) => figure.name === name).map((figure) => ({ when, figure })),
  );
  const goal = taken.at(-1)?.figure.goal;
  const top = Math.max(...taken.map(({ figure }) => figure.median), goal ?? 0) * 1.1;
  const x = (index: number): number => Math.round(((index + 0.5) * WIDTH) / taken.length);
  const y = (value: number): number => Math.round(HEIGHT - (value / top) * HEIGHT);
  const points = taken.map(({ figure }, index) => `${x(index)},${y(figure.median)}`);
  const dots = taken.map(({ when, figure }, index) => {
    const title = `${when}: ${figure.median.toFixed(2)} ${figure.unit}`;
    return `<circle cx="${x(index)}" cy="${y(figure.median)}" r="3"><title>${title}</title></circle>`;
  });
  const limit =
    goal === undefined ? '' : `<line x1="0" x2="${WIDTH}" y1="${y(goal)}" y2="${y(goal)}"/>`;
  const last = taken.at(-1)?.figure;
  return `<p>${text(name)}: ${last?.median.toFixed(2) ?? ''} ${last?.unit ?? ''}</p>
<svg width="${WIDTH}" height="${HEIGHT}">${limit}<polyline points="${points.join(' ')}"/>${dots.join('')}</svg>`;
};

const text = (raw: string): string => raw.replace(/[&<]/g, (c) => (c === '&' ? '&amp;' : '&lt;'));
