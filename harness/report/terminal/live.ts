// SPDX-License-Identifier: MIT
import {
  Listr,
  ListrLogger,
  ProcessOutput,
  type ListrTaskWrapper,
  DefaultRenderer,
  type ListrDefaultRendererLogLevels,
  type SimpleRenderer,
} from 'listr2';
import type { StepName } from '../../base/events.ts';
import { printable } from '../../base/process/lines.ts';
import { progressText, took, type View } from './plain.ts';

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;

const STEPS: readonly StepName[] = [
  'source',
  'tree',
  'headers',
  'kernel',
  'package',
  'image',
  'modules',
  'rootfs',
  'programs',
  'boot',
  'run',
];

/** A step as listr2 waits for it: it starts it in turn, and events end it. */
class Row {
  readonly name: StepName;
  #wrapper: Wrapper | undefined;
  #title: string | undefined;
  #output: string | undefined;
  #settle: ((how: 'end' | 'fail') => void) | undefined;
  readonly #settled: Promise<'end' | 'fail'>;
  skipped = true;

  constructor(name: StepName) {
    this.name = name;
    this.#settled = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Also before its turn: events do not wait for a list to be drawn. */
  set title(text: string) {
    this.#title = text;
    if (this.#wrapper) this.#wrapper.title = text;
  }

  set output(text: string) {
    this.#output = text;
    if (this.#wrapper) this.#wrapper.output = text;
  }

  isSettled = false;

  settle(how: 'end' | 'fail'): void {
    this.isSettled = true;
    this.#settle?.(how);
  }

  async run(wrapper: Wrapper): Promise<void> {
    this.#wrapper = wrapper;
    if (this.#title !== undefined) wrapper.title = this.#title;
    if (this.#output !== undefined) wrapper.output = this.#output;
    const how = await this.#settled;
    if (this.skipped) wrapper.title = `${this.name}: not needed`;
    if (how === 'fail') throw new Error(wrapper.title);
  }
}

/** It would look whether stdout is a terminal, which holds the TAP and may go to a file. */
class OnStderr extends DefaultRenderer {
  static override nonTTY = true;
}

/** What runs, by VM where there are several. */
const sideBySide = (running: ReadonlyMap<number, string>): string =>
  running.size === 1
    ? [...running.values()].join('')
    : [...running].map(([vm, name]) => `VM ${vm} ${name}`).join('   ');

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
      renderer: OnStderr,
      rendererOptions: {
        showErrorMessage: false,
        logger: new ListrLogger<ListrDefaultRendererLogLevels>({ processOutput }),
      },
    },
  );
  const shown = list.run();
  const reach = (name: StepName): Row | undefined => {
    const index = rows.findIndex((row) => row.name === name);
    // Steps that were not needed are passed over; one that has begun may go on beside this one.
    for (const row of rows.slice(0, index)) if (row.skipped) row.settle('end');
    const row = rows[index];
    if (row) row.skipped = false;
    return row;
  };
  let programs = 0;
  /** What runs in each VM. */
  const running = new Map<number, string>();
  const notes: string[] = [];
  return {
    emit: (event) => {
      if (event.type === 'output') return;
      if (event.type === 'warning') {
        notes.push(`! ${printable(event.text)}`);
      } else if (event.type === 'program') {
        const row = reach('run');
        if (!row) return;
        const { vm = 1 } = event;
        if (event.reason === 'begin') running.set(vm, printable(event.name));
        else {
          running.delete(vm);
          row.title = `run: ${++programs} programs, last ${event.name} ${event.outcome}`;
        }
        row.output = sideBySide(running);
      } else if (event.step === 'remote') {
        // It may come before any other step or after some: what it says stands at the one that waits for it.
        const row = rows.find(({ isSettled }) => !isSettled);
        if (row && event.reason === 'progress') row.output = progressText(event);
      } else if (event.step !== 'boot' || event.reason !== 'begin' || programs === 0) {
        const row = reach(event.step);
        if (!row) return;
        if (event.reason === 'progress') {
          row.output = progressText(event);
        } else if (event.reason === 'end') {
          const note = event.note === undefined ? '' : `: ${printable(event.note)}`;
          row.title = `${event.step}${note} (${took(event.milliseconds)})`;
          row.settle('end');
        } else if (event.reason !== 'begin') {
          if (event.reason === 'stopped') row.title = `${event.step}: stopped`;
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
