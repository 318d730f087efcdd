// SPDX-License-Identifier: MIT
import type { SystemCall, SystemCalls } from '../system-calls.ts';

/**
 * x32 has these numbers to itself, and what was in them stays (the end of
 * arch/x86/entry/syscalls/syscall_64.tbl).
 */
const X32_ONLY = { from: 512, to: 547 };

const problems = ({ abi, number }: SystemCall): readonly string[] => [
  ...(abi !== 'x32' && number >= X32_ONLY.from && number <= X32_ONLY.to
    ? [`${X32_ONLY.from} to ${X32_ONLY.to} belong to x32`]
    : []),
  ...(abi === 'common' && number > X32_ONLY.to
    ? ['x32 refuses a common number as high as that; make it 64']
    : []),
];

export const SYSTEM_CALLS: SystemCalls = {
  table: 'arch/x86/entry/syscalls/syscall_64.tbl',
  users: ['arch/x86/entry/common.o', 'arch/x86/entry/syscall_64.o'],
  problems,
};
