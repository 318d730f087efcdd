// SPDX-License-Identifier: MIT
import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import type { Emit, Event } from '../../base/events.ts';
import { printable } from '../../base/process/lines.ts';

/** Shows events as they come; a view, from which nothing is computed. */
export interface View {
  readonly emit: Emit;
  /** Nothing is shown after this has settled. */
  readonly close: () => Promise<void>;
}

export const took = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** How far a step is: `CC kernel/fork.o 12/345`. */
export const progressText = (event: Extract<Event, { reason: 'progress' }>): string => {
  const { text, done, total } = event;
  const far = done === undefined ? '' : total === undefined ? ` ${done}` : ` ${done}/${total}`;
  return printable(`${text}${far}`);
};

/** How much a person wants to see of what goes on. */
export type Volume = 'quiet' | 'usual' | 'verbose';

/** Plain lines with the time of day in UTC, for logs; of progress one line in ten seconds, or all that make and the guests say. */
export const plainView = (out: Writable, volume: Volume = 'usual'): View => {
  let lastProgress = 0;
  const say = (text: string): void => {
    out.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  };
  return {
    emit: (event) => {
      switch (event.type) {
        case 'output':
          if (volume === 'verbose')
            say(`    |${event.vm === undefined ? '' : ` VM ${event.vm}`} ${printable(event.line)}`);
          break;
        case 'warning':
          say(`  ! ${printable(event.text)}`);
          break;
        case 'program':
          if (event.reason === 'end')
            say(
              `    ${event.outcome.padEnd(13)} ${event.name} ${took(event.milliseconds)}${event.why === undefined ? '' : `: ${printable(event.why)}`}`,
            );
          break;
        case 'step': {
          if (event.reason === 'progress') {
            const now = performance.now();
            if (volume === 'usual' && now - lastProgress > 10_000) {
              lastProgress = now;
              say(`    ${progressText(event)}`);
            }
          } else if (event.reason === 'end') {
            const note = event.note === undefined ? '' : `: ${printable(event.note)}`;
            say(`  ${event.cached ? '=' : '+'} ${event.step} ${took(event.milliseconds)}${note}`);
          } else if (event.reason === 'begin') {
            lastProgress = performance.now();
          } else {
            const stopped = event.reason === 'stopped' ? ': stopped' : '';
            say(`  x ${event.step} ${took(event.milliseconds)}${stopped}`);
          }
          break;
        }
      }
    },
    close: () => Promise.resolve(),
  };
};
