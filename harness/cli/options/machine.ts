// SPDX-License-Identifier: MIT
import { once, positive } from '../arguments.ts';
import { declare } from './declare.ts';

/** The machine that programs run on. */
export const MACHINE = [
  declare<'auto' | 'kvm' | 'tcg'>({
    flags: '--accel <which>',
    help: 'the accelerator (auto)',
    choices: ['auto', 'kvm', 'tcg'],
    inFile: 'choice',
    patch: (accelerator) => ({ machine: { accelerator } }),
  }),
  declare<number>({
    flags: '--cpus <n>',
    help: 'processors of the guest (2)',
    parse: positive,
    inFile: 'number',
    patch: (cpus) => ({ machine: { cpus } }),
  }),
  declare<number>({
    flags: '--memory <mib>',
    help: 'memory of the guest (512), more where a variant or a program needs it',
    parse: positive,
    inFile: 'number',
    patch: (memoryMiB) => ({ machine: { memoryMiB } }),
  }),
  declare<string>({
    flags: '--append <args>',
    help: "more for the kernel's command line",
    inFile: 'text',
    patch: (append) => ({ machine: { append: append === '' ? [] : [append] } }),
  }),
  declare<string>({
    flags: '--rootfs <path>',
    help: 'programs run in this root: a directory, or a raw image with ext4, erofs or squashfs',
    parse: once,
    patch: (rootfs) => ({ machine: { rootfs }, kernel: { variants: ['rootfs'] } }),
  }),
];
