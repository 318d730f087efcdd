// SPDX-License-Identifier: MIT
import { chmod, open } from 'node:fs/promises';
import { ARCH } from '../arch/host.ts';

/** Of elf(5), Elf64_Ehdr and Elf64_Phdr: where a field begins, and how long the two are. */
const EHDR = { phoff: 32, shoff: 40, phnum: 56, shentsize: 58, bytes: 64 };
const PHDR = { type: 0, vaddr: 16, paddr: 24, filesz: 32, memsz: 40, bytes: 56 };
const PT_LOAD = 1;

/** Program headers lie within this much of the beginning. */
const HEAD_BYTES = 64 * 1024;

/**
 * QEMU writes a core by physical addresses, or by the guest's page tables, which are not to be
 * trusted. This adds the virtual addresses that every kernel of ours has: gdb needs them to
 * read stacks and variables. Throws as `fs` does.
 */
export const addAddresses = async (file: string): Promise<void> => {
  // QEMU makes the file read-only, for its owner as well.
  await chmod(file, 0o600);
  const handle = await open(file, 'r+');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const changed = withAddresses(head.subarray(0, bytesRead));
    if (changed) await handle.write(changed, 0, changed.length, 0);
  } finally {
    await handle.close();
  }
};

/**
 * The beginning of a core, with addresses; undefined where its headers leave no
 * room for one more: it goes where QEMU has two section headers that nobody reads.
 */
export const withAddresses = (head: Buffer): Buffer | undefined => {
  if (head.length < EHDR.bytes || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const from = Number(head.readBigUInt64LE(EHDR.phoff));
  const count = head.readUInt16LE(EHDR.phnum);
  const end = from + count * PHDR.bytes;
  if (end > head.length) return undefined;
  const headers = Array.from({ length: count }, (_, n) =>
    head.subarray(from + n * PHDR.bytes, from + (n + 1) * PHDR.bytes),
  ).flatMap(mapped);
  const table = Buffer.concat(headers);
  if (EHDR.bytes + table.length > end) return undefined;
  const changed = Buffer.from(head);
  table.copy(changed, EHDR.bytes);
  changed.writeBigUInt64LE(BigInt(EHDR.bytes), EHDR.phoff);
  changed.writeBigUInt64LE(0n, EHDR.shoff);
  changed.writeUInt16LE(headers.length, EHDR.phnum);
  // Their length, their number, and which one holds names.
  changed.fill(0, EHDR.shentsize, EHDR.bytes);
  return changed;
};

/** A piece where the kernel sees it; what begins with the first page of memory holds the kernel, too. */
const mapped = (header: Buffer): readonly Buffer[] => {
  if (header.readUInt32LE(PHDR.type) !== PT_LOAD) return [header];
  const { start, direct: map, image: kernel, imageBytes } = ARCH.memory;
  const physical = header.readBigUInt64LE(PHDR.paddr);
  const bytes = header.readBigUInt64LE(PHDR.filesz);
  const direct = Buffer.from(header);
  direct.writeBigUInt64LE(map + physical - start, PHDR.vaddr);
  if (physical !== start) return [direct];
  const image = Buffer.from(header);
  const length = bytes < imageBytes ? bytes : imageBytes;
  image.writeBigUInt64LE(kernel, PHDR.vaddr);
  image.writeBigUInt64LE(length, PHDR.filesz);
  image.writeBigUInt64LE(length, PHDR.memsz);
  return [direct, image];
};
