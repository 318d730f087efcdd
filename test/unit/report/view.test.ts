// SPDX-License-Identifier: MIT
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { about, type Context } from '../../../harness/base/context.ts';
import type { Event } from '../../../harness/base/events.ts';
import { openView } from '../../../harness/report/terminal/terminal.ts';

const EVENTS: readonly Event[] = [
  { type: 'step', reason: 'begin', step: 'kernel', title: 'kernel' },
  { type: 'output', of: 'make', line: '  CC      kernel/fork.o\u001b[2J' },
  { type: 'warning', text: 'the cache is small' },
  { type: 'step', reason: 'end', step: 'kernel', milliseconds: 1000, cached: false },
];

test.for([
  ['quiet', ['  ! the cache is small']],
  ['usual', ['  ! the cache is small', '  + kernel 1.0 s']],
  [
    'verbose',
    ['    |   CC      kernel/fork.o\\u001b[2J', '  ! the cache is small', '  + kernel 1.0 s'],
  ],
] as const)('%s shows so much', async ([volume, wanted]) => {
  const out = new PassThrough();
  // No terminal: columns and isTTY are not there.
  const view = openView(out as unknown as NodeJS.WriteStream, volume, false);
  for (const event of EVENTS) view.emit(event);
  await view.close();
  out.end();
  const said = (await out.toArray()).map(String).join('');
  const lines = said.trimEnd().split('\n');
  // A log says when, to the second.
  const told = volume === 'quiet' ? lines : lines.map((line) => line.slice('00:00:00 '.length));
  expect(told).toEqual(wanted);
  if (volume !== 'quiet')
    expect(lines.every((line) => /^([01]\d|2[0-3])(:[0-5]\d){2} /.test(line))).toBe(true);
});

// Columns of 0 are no terminal that can hold a list: see terminal.ts.
test.for([0, 1, 40])('a terminal of %d columns shows every step', async (columns) => {
  const out = Object.assign(new PassThrough(), { isTTY: true, columns, rows: 24 });
  const before = process.env['CI'];
  delete process.env['CI'];
  try {
    const view = openView(out as unknown as NodeJS.WriteStream, 'usual', false);
    const steps = ['kernel', 'image', 'programs'] as const;
    for (const step of steps) {
      view.emit({ type: 'step', reason: 'begin', step, title: step });
      view.emit({ type: 'step', reason: 'end', step, milliseconds: 10, cached: true, note: 'N' });
    }
    await view.close();
    out.end();
    const text = (await out.toArray())
      .map(String)
      .join('')
      .replace(/[\s\u001b]/g, '');
    for (const step of steps)
      expect(text).toMatch(
        new RegExp(columns === 0 ? `=${step}0\\.0s:N` : `${step}:N\\(0\\.0s\\)`),
      );
  } finally {
    if (before !== undefined) process.env['CI'] = before;
  }
});

test('programs that run at once stand side by side, by their VMs', async () => {
  vi.stubEnv('CI', '');
  const out = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  const view = openView(out as unknown as NodeJS.WriteStream, 'usual', false);
  const program = { type: 'program', reason: 'begin' } as const;
  const said = (text: string): Promise<void> =>
    new Promise((resolve) =>
      out.on('data', (data: Buffer) => {
        if (data.toString().includes(text)) resolve();
      }),
    );
  const both = said('VM 1 first   VM 2 second');
  view.emit({ ...program, name: 'first', vm: 1 });
  view.emit({ ...program, name: 'second', vm: 2 });
  await both;
  const alone = said('second');
  const end = {
    ...program,
    reason: 'end',
    name: 'first',
    outcome: 'pass',
    milliseconds: 1,
  } as const;
  view.emit({ ...end, vm: 1 });
  await alone;
  await view.close();
  vi.unstubAllEnvs();
});

test('an event says what it belongs to', () => {
  const events: Event[] = [];
  const context = { emit: (event: Event) => void events.push(event) } as unknown as Context;
  const inner = about(about(context, { cell: 'synos/kasan' }), { vm: 2 });
  inner.emit({ type: 'warning', text: 'x' });
  expect(events).toEqual([{ type: 'warning', text: 'x', vm: 2, cell: 'synos/kasan' }]);
});
