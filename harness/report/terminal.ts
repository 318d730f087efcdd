// SPDX-License-Identifier: MIT
import { liveView } from './live.ts';
import { plainView, type View } from './plain.ts';

/** A live list where somebody watches, plain lines where a log is written. */
export const openView = (out: NodeJS.WriteStream): View => {
  const watched = out.isTTY && out.columns > 0 && !process.env['CI'];
  return watched ? liveView(out) : plainView(out);
};
