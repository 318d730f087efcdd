// SPDX-License-Identifier: MIT
import {
  Listr,
  ListrLogger,
  ProcessOutput,
  type ListrTaskWrapper,
  type DefaultRenderer,
  type ListrDefaultRendererLogLevels,
  type ListrLogLevels,
  type SimpleRenderer,
} from 'listr2';
import type { StepName } from '../base/events.ts';
import { printable } from '../base/lines.ts';
import { progressText, took, type View } from './plain.ts';

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

const STEPS: readonly StepName[] = [
  'source',
  'tree',
  'kernel',
  'package',
  'programs',
  'image',
  'boot',
  'run',
];

/** A step as listr2 waits for it: it starts it in turn, and events end it. */
class Row {
  readonly name: StepName;
  wrapper: Wrapper | undefined;
  #settle: ((how: 'end' | 'fail') => void) | undefined;
  readonly #settled: Promise<'end' | 'fail'>;
  skipped = true;

  constructor(name: StepName) {
    this.name = name;
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
  }

  settle(how: 'end' | 'fail'): void {
    this.#settle?.(how);
  }

  async run(wrapper: Wrapper): Promise<void> {
    this.wrapper = wrapper;
    const how = await this.#settled;
    if (this.skipped) wrapper.title = `${this.name}: not needed`;
    if (how === 'fail') throw new Error(wrapper.title);
  }
}

/** A live list of the steps in a terminal, by listr2; everything goes to stderr. */
export const liveView = (out: NodeJS.WriteStream): View => {
  const rows = STEPS.map((name) => new Row(name));
  const processOutput = new ProcessOutput(out, out);
  const list = new Listr(
    rows.map((row) => ({
      title: row.name,
      task: (_: unknown, wrapper: Wrapper) => row.run(wrapper),
    })),
    {
      // Its own handlers would end the process before our cleanup.
      registerSignalListeners: false,
      exitOnError: false,
      rendererOptions: {
        showErrorMessage: false,
        logger: new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput }),
      },
      fallbackRendererOptions: { logger: new ListrLogger<ListrLogLevels>({ processOutput }) },
    },
  );
  const shown = list.run();
  const reach = (name: StepName): Row | undefined => {
    const index = rows.findIndex((row) => row.name === name);
    // Steps that were not needed are passed over.
    for (const row of rows.slice(0, index)) row.settle('end');
    const row = rows[index];
    if (row) row.skipped = false;
    return row;
  };
  let programs = 0;
  const notes: string[] = [];
  return {
    emit: (event) => {
      if (event.type === 'output') return;
      if (event.type === 'warning') {
        notes.push(`! ${printable(event.text)}`);
      } else if (event.type === 'program') {
        const row = reach('run');
        if (!row?.wrapper) return;
        if (event.reason === 'begin') row.wrapper.output = printable(event.name);
        else row.wrapper.title = `run: ${++programs} programs, last ${event.name} ${event.outcome}`;
      } else if (event.step !== 'boot' || event.reason !== 'begin' || programs === 0) {
        const row = reach(event.step);
        if (!row) return;
        if (event.reason === 'progress') {
          if (row.wrapper) row.wrapper.output = progressText(event);
        } else if (event.reason === 'end') {
          const note = event.note === undefined ? '' : `: ${printable(event.note)}`;
          if (row.wrapper) row.wrapper.title = `${event.step}${note} (${took(event.milliseconds)})`;
          row.settle('end');
        } else if (event.reason === 'failed') {
          row.settle('fail');
        }
      }
    },
    close: async () => {
      for (const row of rows) row.settle('end');
      await shown;
      for (const note of notes) out.write(`${note}\n`);
    },
  };
};
