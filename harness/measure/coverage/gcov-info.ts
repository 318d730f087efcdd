// SPDX-License-Identifier: MIT
import type { KernelMemory } from '../../vm/memory.ts';

/** The counters of one function: what gcc calls it, and by kind of counter their values. */
export interface FunctionCounts {
  readonly ident: number;
  readonly linesChecksum: number;
  readonly cfgChecksum: number;
  readonly counters: readonly Counters[];
}

export interface Counters {
  readonly kind: number;
  readonly values: readonly bigint[];
}

/** The counters of one object file. */
export interface ObjectCounts {
  /** Of the file that user space would have written them to: it ends in .gcda. */
  readonly file: string;
  readonly version: number;
  readonly stamp: number;
  readonly functions: readonly FunctionCounts[];
}

/** All counters of a kernel at one time. */
export type Counts = readonly ObjectCounts[];

/** How struct gcov_info of kernel/gcov/gcc_4_7.c is laid out, for a version of GCC. */
const layoutOf = (gcc: number) => {
  const kinds = gcc >= 15 ? 10 : gcc >= 14 ? 9 : gcc >= 10 ? 8 : 9;
  // GCC 12 put a checksum where there was room for one: nothing after it moved.
  const merge = 32n;
  return {
    version: 0n,
    next: 8n,
    stamp: 16n,
    filename: 24n,
    merge,
    kinds,
    count: merge + BigInt(kinds) * 8n,
    functions: merge + BigInt(kinds) * 8n + 8n,
  };
};

/** More than a kernel has, of anything: what is read may be damaged. */
const MANY = 1_000_000;

/**
 * Walks the list of counters as kernel/gcov/gcc_4_7.c does, in a copy of the kernel's
 * memory; `head` is where its gcov_info_head is, `gcc` the major version that compiled
 * it. Undefined where something of it points nowhere.
 */
export const readGcovInfo = (
  memory: KernelMemory,
  head: bigint,
  gcc: number,
): Counts | undefined => {
  try {
    return walk(readerOf(memory), head, layoutOf(gcc));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const walk = (
  { u32, u64, text }: Reader,
  head: bigint,
  layout: ReturnType<typeof layoutOf>,
): Counts => {
  const objects: ObjectCounts[] = [];
  const seen = new Set<bigint>();
  for (let at = u64(head); at !== 0n; at = u64(at + layout.next)) {
    if (seen.has(at)) throw new RangeError('a list without end');
    seen.add(at);
    const kinds = Array.from({ length: layout.kinds }, (_, kind) => kind).filter(
      (kind) => u64(at + layout.merge + BigInt(kind) * 8n) !== 0n,
    );
    const functions: FunctionCounts[] = [];
    const list = u64(at + layout.functions);
    for (let n = 0; n < limited(u32(at + layout.count)); n += 1) {
      const fn = u64(list + BigInt(n) * 8n);
      // struct gcov_fn_info, and behind it one gcov_ctr_info for each kind in use.
      const counters = kinds.map((kind, index) => {
        const info = fn + 24n + BigInt(index) * 16n;
        const values = u64(info + 8n);
        return {
          kind,
          values: Array.from({ length: limited(u32(info)) }, (_, i) =>
            u64(values + BigInt(i) * 8n),
          ),
        };
      });
      functions.push({
        ident: u32(fn + 8n),
        linesChecksum: u32(fn + 12n),
        cfgChecksum: u32(fn + 16n),
        counters,
      });
    }
    objects.push({
      file: text(u64(at + layout.filename)),
      version: u32(at + layout.version),
      stamp: u32(at + layout.stamp),
      functions,
    });
  }
  return objects;
};

const limited = (count: number): number => {
  if (count > MANY) throw new RangeError('too many');
  return count;
};

interface Reader {
  readonly u32: (at: bigint) => number;
  readonly u64: (at: bigint) => bigint;
  readonly text: (at: bigint) => string;
}

/** Reads at addresses; RangeError outside of the piece. */
const readerOf = ({ from, data }: KernelMemory): Reader => {
  const offset = (at: bigint): number => {
    if (at < from || at >= from + BigInt(data.length)) throw new RangeError('outside');
    return Number(at - from);
  };
  return {
    u32: (at) => data.readUInt32LE(offset(at)),
    u64: (at) => data.readBigUInt64LE(offset(at)),
    text: (at) => {
      const begin = offset(at);
      const end = data.indexOf(0, begin);
      if (end < 0) throw new RangeError('no end');
      return data.toString('utf8', begin, end);
    },
  };
};
