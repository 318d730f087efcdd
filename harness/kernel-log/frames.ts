// SPDX-License-Identifier: MIT
import { ARCH } from '../arch/host.ts';

/** A place in the kernel's text as a stack has it: `synos_ring_add+0x2c/0x1a0`. */
export interface Frame {
  readonly symbol: string;
  readonly offset: number;
  /** Of the whole function, in bytes. */
  readonly size: number;
  /** An instruction pointer, and not where a call returns to. */
  readonly exact: boolean;
  /** The unwinder found it on its way; without that (`? name+…`) it may be a leftover. */
  readonly reliable: boolean;
  /** The module that the function is of; without it the kernel itself. */
  readonly module?: string;
}

/**
 * Compilers clone functions as `name.isra.0`, `name.constprop.0`, `name.cold`. Before a
 * name stand a blank, `? `, or what says that it is an instruction pointer.
 */
const FRAME = new RegExp(
  String.raw`(^|\s|${ARCH.log.pointer.source}|[:(])(\? )?([A-Za-z_][\w.]*)\+0x([0-9a-f]+)/0x([0-9a-f]+)(?: \[(\w+))?`,
  'g',
);

/**
 * All frames that a report names, in order, in functions of modules too
 * (lib/vsprintf.c, `%pS`: `name+0x1/0x2 [module]`, with a build ID behind the name).
 */
export const framesOf = (lines: readonly string[]): readonly Frame[] =>
  lines.flatMap((line) =>
    [...line.matchAll(FRAME)].map(
      ([, before = '', doubt, symbol = '', offset = '0', size = '0', module]) => ({
        symbol,
        offset: Number.parseInt(offset, 16),
        size: Number.parseInt(size, 16),
        exact: ARCH.log.pointer.test(before),
        reliable: doubt === undefined,
        ...(module === undefined ? {} : { module }),
      }),
    ),
  );
