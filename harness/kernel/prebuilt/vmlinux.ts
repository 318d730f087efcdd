// SPDX-License-Identifier: MIT
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

const PART = 16 * 1024 * 1024;

/** More than any of what is looked for is long, in bytes. */
const LONGEST = 1024 * 1024;

/** What lies behind a magic in a file of any size, and may be as long as {@link LONGEST}. */
const behind = async (
  file: string,
  magic: string,
  accept: (data: Buffer) => string | undefined,
): Promise<string | undefined> => {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    for (let start = 0; start < size; start += PART) {
      const buffer = Buffer.alloc(PART + LONGEST);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      const data = buffer.subarray(0, bytesRead);
      for (let at = data.indexOf(magic, 0, 'latin1'); at >= 0 && at < PART;) {
        const found = accept(data.subarray(at + magic.length));
        if (found !== undefined) return found;
        at = data.indexOf(magic, at + 1, 'latin1');
      }
    }
    return undefined;
  } finally {
    await handle.close();
  }
};

/**
 * The version of a vmlinux as its image writes it, out of linux_banner
 * (init/version-timestamp.c): `Linux version RELEASE (BY@HOST) (COMPILER) #1 …`
 * without the compiler. undefined where there is none.
 */
export const versionOfVmlinux = (file: string): Promise<string | undefined> =>
  behind(file, 'Linux version ', (data) => {
    const line = data.toString('latin1', 0, 1024).split('\n', 1)[0] ?? '';
    const [, release, build] = /^(\d\S* \([^)]*\)) .*(#\d.*)$/.exec(line) ?? [];
    return release === undefined ? undefined : `${release} ${build ?? ''}`;
  });

/** The .config in a vmlinux with CONFIG_IKCONFIG: gzipped behind IKCFG_ST (kernel/configs.c). */
export const configOfVmlinux = (file: string): Promise<string | undefined> =>
  behind(file, 'IKCFG_ST', (data) => {
    if (data.readUInt16BE(0) !== 0x1f8b) return undefined;
    const end = data.indexOf('IKCFG_ED', 0, 'latin1');
    return end < 0 ? undefined : gunzipSync(data.subarray(0, end)).toString();
  });
