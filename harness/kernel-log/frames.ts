// SPDX-License-Identifier: MIT

/** A place in the kernel's text as a stack has it: `synos_ring_add+0x2c/0x1a0`. */
export interface Frame {
  readonly symbol: string;
  readonly offset: number;
}

/** Compilers clone functions as `name.isra.0`, `name.constprop.0`, `name.cold`. */
const FRAME = /(?:^|[\s:])([A-Za-z_][\w.]*)\+0x([0-9a-f]+)\/0x[0-9a-f]+/g;

/** All frames that a report names, in order (lib/vsprintf.c, `%pS`). */
export const framesOf = (lines: readonly string[]): readonly Frame[] =>
  lines.flatMap((line) =>
    [...line.matchAll(FRAME)].map(([, symbol = '', offset = '0']) => ({
      symbol,
      offset: Number.parseInt(offset, 16),
    })),
  );
