// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { parseRegisters } from '../../../harness/vm/verbs.ts';

/** As QEMU's monitor writes them for each processor, cut short. */
const TEXT = [
  '',
  'CPU#0',
  'RAX=0000000000000001 RBX=0000000000000000',
  'RIP=ffffffff81234567 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1',
  '',
  'CPU#1',
  'RIP=0000000000401000 RFL=00000202 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0',
  '',
].join('\r\n');

test('registers come by processor, with where each of them stands', () => {
  expect(parseRegisters(TEXT)).toEqual([
    {
      number: 0,
      pointer: 0xffffffff81234567n,
      registers: [
        'RAX=0000000000000001 RBX=0000000000000000',
        'RIP=ffffffff81234567 RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1',
      ],
    },
    {
      number: 1,
      pointer: 0x401000n,
      registers: ['RIP=0000000000401000 RFL=00000202 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0'],
    },
  ]);
  expect(parseRegisters('')).toEqual([]);
});
