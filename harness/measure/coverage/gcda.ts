// SPDX-License-Identifier: MIT
import type { ObjectCounts } from './gcov-info.ts';

/** Of gcc/gcov-io.h, as kernel/gcov/gcov.h and gcc_4_7.c have them. */
const MAGIC = 0x67636461;
const TAG_FUNCTION = 0x01000000;
const tagOf = (kind: number): number => 0x01a10000 + (kind << 17);

/** Counters in the form of a .gcda file, by convert_to_gcda() of kernel/gcov/gcc_4_7.c. */
export const gcdaOf = ({ version, stamp, functions }: ObjectCounts, gcc: number): Buffer => {
  // Since GCC 12 lengths are in bytes, and the file has a checksum that may be nothing.
  const unit = gcc >= 12 ? 4 : 1;
  const words: number[] = [MAGIC, version, stamp, ...(gcc >= 12 ? [0] : [])];
  for (const { ident, linesChecksum, cfgChecksum, counters } of functions) {
    words.push(TAG_FUNCTION, 3 * unit, ident, linesChecksum, cfgChecksum);
    for (const { kind, values } of counters) {
      words.push(tagOf(kind), values.length * 2 * unit);
      for (const value of values)
        words.push(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
    }
  }
  const file = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) file.writeUInt32LE(word, index * 4);
  return file;
};
