// SPDX-License-Identifier: MIT
import { describe, expect, test } from 'vitest';
import { withAddresses } from '../../../harness/vm/core.ts';

const MIB = 1024 * 1024;

/** Offset, virtual and physical address, length. */
type Piece = readonly [
  type: number,
  offset: number,
  virtual: bigint,
  physical: number,
  size: number,
];

/** As QEMU begins a core: a header, two section headers, the program headers (elf(5)). */
const begin = (pieces: readonly Piece[], from = 192): Buffer => {
  const head = Buffer.alloc(from + pieces.length * 56 + 100);
  head.write('\x7fELF', 'latin1');
  head.writeBigUInt64LE(BigInt(from), 32);
  head.writeBigUInt64LE(64n, 40);
  head.writeUInt16LE(pieces.length, 56);
  head.writeUInt16LE(2, 60);
  for (const [n, [type, offset, virtual, physical, size]] of pieces.entries()) {
    const at = from + n * 56;
    head.writeUInt32LE(type, at);
    head.writeBigUInt64LE(BigInt(offset), at + 8);
    head.writeBigUInt64LE(virtual, at + 16);
    head.writeBigUInt64LE(BigInt(physical), at + 24);
    head.writeBigUInt64LE(BigInt(size), at + 32);
    head.writeBigUInt64LE(BigInt(size), at + 40);
  }
  return head;
};

const read = (head: Buffer): readonly Piece[] =>
  Array.from({ length: head.readUInt16LE(56) }, (_, n) => {
    const at = Number(head.readBigUInt64LE(32)) + n * 56;
    return [
      head.readUInt32LE(at),
      Number(head.readBigUInt64LE(at + 8)),
      head.readBigUInt64LE(at + 16),
      Number(head.readBigUInt64LE(at + 24)),
      Number(head.readBigUInt64LE(at + 32)),
    ];
  });

const NOTE: Piece = [4, 360, 0n, 0, 0x660];
const MEMORY: Piece = [1, 1992, 0n, 0, 768 * MIB];
const FIRMWARE: Piece = [1, 1992 + 768 * MIB, 0n, 0xfffc_0000, 0x40000];

describe('a core of QEMU’s', () => {
  test('gets the addresses at which the kernel sees its memory and itself', () => {
    const changed = withAddresses(begin([NOTE, MEMORY, FIRMWARE])) ?? Buffer.alloc(0);
    expect(read(changed)).toEqual([
      NOTE,
      [1, 1992, 0xffff_8880_0000_0000n, 0, 768 * MIB],
      [1, 1992, 0xffff_ffff_8000_0000n, 0, 512 * MIB],
      [1, 1992 + 768 * MIB, 0xffff_8880_fffc_0000n, 0xfffc_0000, 0x40000],
    ]);
    expect(changed.readBigUInt64LE(40)).toBe(0n);
    expect(changed.readUInt16LE(60)).toBe(0);
  });

  test('stays as it is where there is no room, or where it is none', () => {
    expect(withAddresses(begin([NOTE, MEMORY, FIRMWARE], 64))).toBeUndefined();
    expect(withAddresses(Buffer.from('not an ELF file'.repeat(10)))).toBeUndefined();
    expect(withAddresses(begin([NOTE, MEMORY]).subarray(0, 200))).toBeUndefined();
  });
});
