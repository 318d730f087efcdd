// SPDX-License-Identifier: MIT
import type { Writable } from 'node:stream';
import { printable } from '../../base/process/lines.ts';
import { liveView } from './live.ts';
import { plainView, type View, type Volume } from './plain.ts';

/**
 * A live list where somebody watches, plain lines where a log is written or where each
 * step comes many times (`asLog`). Quiet leaves the warnings, and what a command says
 * at its end; verbose is always plain.
 */
export const openView = (out: NodeJS.WriteStream, volume: Volume, asLog: boolean): View => {
  if (volume === 'quiet') return quietView(out);
  const watched = out.isTTY && out.columns > 0 && !process.env['CI'];
  return watched && volume === 'usual' && !asLog ? liveView(out) : plainView(out, volume);
};

const quietView = (out: Writable): View => ({
  emit: (event) => {
    if (event.type === 'warning') out.write(`  ! ${printable(event.text)}\n`);
  },
  close: () => Promise.resolve(),
});
