// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';

/** One measured figure: seconds, megabytes, or a ratio of two others. */
export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'MB' | '×';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** It shall be at most this. */
  readonly goal?: number;
}

const WIDTH = 54;

/** Takes figures one after the other, and prints each as it comes. */
export class Figures {
  readonly all: Figure[] = [];
  readonly #runs: number;
  readonly #print: (line: string) => void;

  constructor(runs: number, print: (line: string) => void) {
    this.#runs = runs;
    this.#print = print;
    print(`${''.padEnd(WIDTH)}  median     min     max  at most`);
  }

  /**
   * Runs a piece of work several times; a number that it gives is the figure, in
   * seconds, and without one the time it took. Gives the median.
   */
  async seconds(
    name: string,
    work: (run: number) => unknown,
    { goal, runs = this.#runs }: { readonly goal?: number; readonly runs?: number } = {},
  ): Promise<number> {
    const values: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const began = performance.now();
      const own = await work(run);
      values.push(typeof own === 'number' ? own : (performance.now() - began) / 1000);
    }
    return this.#add(name, 's', values, goal);
  }

  /** Megabytes; see {@link ratio}. */
  megabytes(name: string, value: number, goal?: number): number {
    return this.#add(name, 'MB', [value], goal);
  }

  /** Says why a figure is not there. */
  skip(name: string, why: string): void {
    this.#print(`${name.padEnd(WIDTH)}  ${why}`);
  }

  /** A ratio of medians. */
  ratio(name: string, value: number, goal?: number): number {
    return this.#add(name, '×', [value], goal);
  }

  /** The median of a figure that was taken; undefined where it was not. */
  median(name: string): number | undefined {
    return this.all.find((figure) => figure.name === name)?.median;
  }

  #add(name: string, unit: Figure['unit'], values: readonly number[], goal?: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (index: number): number => sorted[index] ?? Number.NaN;
    const figure: Figure = {
      name,
      unit,
      median: at(sorted.length >> 1),
      min: at(0),
      max: at(sorted.length - 1),
      runs: sorted.length,
      ...(goal === undefined ? {} : { goal }),
    };
    this.all.push(figure);
    const many = sorted.length > 1 ? [figure.median, figure.min, figure.max] : [figure.median];
    const digits = figure.median < 0.1 ? 3 : 2;
    const cells = many.map((value) => `${value.toFixed(digits)} ${unit}`.padStart(8)).join('');
    const verdict =
      goal === undefined
        ? ''
        : `  ${goal.toFixed(2)} ${unit}${figure.median <= goal ? '' : ' MISSED'}`;
    this.#print(`${name.padEnd(WIDTH)}${cells.padEnd(24)}${verdict}`.trimEnd());
    return figure.median;
  }
}
