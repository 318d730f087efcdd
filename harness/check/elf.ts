// SPDX-License-Identifier: MIT
import { digest } from '../base/fingerprint.ts';

/** SHT_PROGBITS and SHF_EXECINSTR of elf(5). */
const PROGBITS = 1;
const EXECINSTR = 4;

/** Offsets into Elf64_Ehdr and Elf64_Shdr, Elf32_Ehdr and Elf32_Shdr (elf(5)). */
const LAYOUT = {
  1: { shoff: 0x20, shentsize: 0x2e, shnum: 0x30, shstrndx: 0x32, offset: 16, size: 20 },
  2: { shoff: 0x28, shentsize: 0x3a, shnum: 0x3c, shstrndx: 0x3e, offset: 24, size: 32 },
} as const;
/** The same in both. */
const NAME = 0;
const TYPE = 4;
const FLAGS = 8;

/**
 * The code of a little-endian object: size and digest of every section that is
 * executable, by name; what several share a name comes together. undefined when
 * the bytes are no such object.
 */
export const codeOf = (
  object: Buffer,
): ReadonlyMap<string, { readonly size: number; readonly digest: string }> | undefined => {
  const bits = object[4];
  if (object.length < 64 || object.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (bits !== 1 && bits !== 2) return undefined;
  const layout = LAYOUT[bits];
  const word = (at: number): number =>
    bits === 2 ? Number(object.readBigUInt64LE(at)) : object.readUInt32LE(at);
  const table = word(layout.shoff);
  const each = object.readUInt16LE(layout.shentsize);
  const section = (index: number) => {
    const header = table + index * each;
    const offset = word(header + layout.offset);
    return object.subarray(offset, offset + word(header + layout.size));
  };
  const count = object.readUInt16LE(layout.shnum);
  const names = section(object.readUInt16LE(layout.shstrndx));
  const parts = new Map<string, Buffer[]>();
  for (let index = 0; index < count; index += 1) {
    const header = table + index * each;
    if (object.readUInt32LE(header + TYPE) !== PROGBITS) continue;
    if ((word(header + FLAGS) & EXECINSTR) === 0) continue;
    const from = object.readUInt32LE(header + NAME);
    const name = names.toString('latin1', from, names.indexOf(0, from));
    parts.set(name, [...(parts.get(name) ?? []), section(index)]);
  }
  return new Map(
    [...parts].map(([name, buffers]) => {
      const bytes = Buffer.concat(buffers);
      return [name, { size: bytes.length, digest: digest(bytes) }];
    }),
  );
};
