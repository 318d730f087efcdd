// SPDX-License-Identifier: MIT
import { gzipSync } from 'node:zlib';

/** What the kernel of {@link bzImage} says of itself. */
export const VERSION = '6.3.0-mine (me@here) #7 SMP PREEMPT_DYNAMIC Sat Nov 21 10:00:00 UTC 2026';

/** A bzImage of nothing but its header (Documentation/arch/x86/boot.rst), and of what it unpacks. */
export const bzImage = (payload = Buffer.alloc(0)): Buffer => {
  const data = Buffer.alloc(4096);
  data.writeUInt8(3, 0x1f1);
  data.writeUInt32LE(128, 0x1f4);
  data.writeUInt16LE(0xaa55, 0x1fe);
  data.write('HdrS', 0x202, 'latin1');
  data.writeUInt16LE(0x20f, 0x206);
  data.writeUInt16LE(0x400, 0x20e);
  data.writeUInt16LE(1, 0x236);
  data.write(VERSION, 0x600, 'latin1');
  if (payload.length > 1024) throw new Error('the payload is too long');
  data.writeUInt32LE(0x200, 0x248);
  data.writeUInt32LE(payload.length, 0x24c);
  payload.copy(data, 4 * 512 + 0x200);
  return data;
};

/** A vmlinux that says which build it is of, and how it was configured. */
export const vmlinux = (build: string, config: string): Buffer =>
  Buffer.concat([
    Buffer.from('\x7fELF', 'latin1'),
    Buffer.from(`Linux version 6.3.0-mine (me@here) (gcc (Debian) 12.2.0, GNU ld) ${build}\n\0`),
    Buffer.from('IKCFG_ST'),
    gzipSync(config),
    Buffer.from('IKCFG_ED'),
  ]);
