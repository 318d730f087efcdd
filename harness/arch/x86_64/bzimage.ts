// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';
import type { KernelImage } from '../architecture.ts';

/**
 * Reads the header of a bzImage (Documentation/arch/x86/boot.rst, "The Real-Mode
 * Kernel Header"). Fails with `usage`, saying what the file is instead.
 */
export const readBzImage = (data: Buffer, file: string): Result<KernelImage> => {
  const not = (what: string) =>
    fail('usage', `${file} is no bzImage: ${what}`, {
      remedy: 'give arch/x86/boot/bzImage of a build, or /boot/vmlinuz-*',
    });
  if (data.length === 0) return not('it is empty');
  const other = OTHERS.find(([, at, magic]) => data.subarray(at, at + magic.length).equals(magic));
  if (other) return not(`it is ${other[0]}`);
  if (data.length < 0x268 || data.readUInt16LE(0x1fe) !== 0xaa55)
    return not('it has no boot sector');
  if (data.toString('latin1', 0x202, 0x206) !== 'HdrS') return not('it has no header of Linux');
  const protocol = data.readUInt16LE(0x206);
  // xloadflags, of 2.12 on: XLF_KERNEL_64.
  if (protocol < 0x20c || (data.readUInt16LE(0x236) & 1) === 0)
    return not('it is for 32 bits, or older than Linux 3.8');
  const setup = (data.readUInt8(0x1f1) || 4) + 1;
  const length = setup * 512 + data.readUInt32LE(0x1f4) * 16;
  if (data.length < length) return not(`it is cut, ${data.length} of ${length} bytes`);
  const at = data.readUInt16LE(0x20e) + 0x200;
  const version = data.toString('latin1', at, data.indexOf(0, at));
  const [release = ''] = version.split(' ');
  // payload_offset and payload_length count from the code of protected mode.
  const payload = setup * 512 + data.readUInt32LE(0x248);
  return /^\d+\.\d+/.test(release)
    ? ok({ release, version, payload: data.subarray(payload, payload + data.readUInt32LE(0x24c)) })
    : not('it does not say its version');
};

/** What people have at hand instead, by the magic at an offset. */
const OTHERS: readonly (readonly [string, number, Buffer])[] = [
  ['an ELF file, as vmlinux is', 0, Buffer.from('\x7fELF', 'latin1')],
  ['a gzip file', 0, Buffer.from([0x1f, 0x8b])],
  ['an xz file', 0, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a])],
  ['a zstd file', 0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  // Documentation/arch/arm64/booting.rst, Documentation/arch/riscv/boot-image-header.rst
  ['a kernel of arm64', 0x38, Buffer.from('ARM\x64', 'latin1')],
  ['a kernel of riscv', 0x38, Buffer.from('RSC\x05', 'latin1')],
  ['a kernel of another architecture, compressed for EFI', 4, Buffer.from('zimg', 'latin1')],
];
