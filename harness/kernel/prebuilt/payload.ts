// SPDX-License-Identifier: MIT
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporary } from '../../base/cache/scratch.ts';
import { run } from '../../base/process/process.ts';
import { configOfVmlinux } from './vmlinux.ts';

/** By the magic of what it is compressed by, the program that unpacks it (scripts/extract-vmlinux). */
const UNPACK: readonly (readonly [magic: Buffer, command: string])[] = [
  [Buffer.from([0x1f, 0x8b]), 'gzip -dc'],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), 'xz -dc --single-stream'],
  [Buffer.from('BZh'), 'bzip2 -dc'],
  [Buffer.from([0x5d, 0, 0]), 'xz -dc --format=lzma'],
  [Buffer.from([0x02, 0x21, 0x4c, 0x18]), 'lz4 -dc'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd -dc'],
];

/**
 * The .config that a kernel's image holds, which CONFIG_IKCONFIG puts there; undefined where it
 * has none, or where the program that would unpack it is not there.
 */
export const configOfPayload = async (payload: Buffer): Promise<string | undefined> => {
  const found = UNPACK.find(([magic]) => payload.subarray(0, magic.length).equals(magic));
  if (!found) return undefined;
  const scratch = await temporary('parts');
  try {
    const [packed, vmlinux] = [join(scratch, 'packed'), join(scratch, 'vmlinux')];
    await writeFile(packed, payload);
    // What follows the data, its length, is an error for most: what came out before it counts.
    await run({ argv: ['sh', '-c', `${found[1]} <"$0" >"$1"`, packed, vmlinux] });
    return await configOfVmlinux(vmlinux).catch(() => undefined);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
