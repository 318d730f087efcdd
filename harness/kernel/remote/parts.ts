// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { digest } from '../../base/fingerprint.ts';
import { IMAGE } from '../kernel.ts';
import { FILES, INCLUDE, type Part } from './manifest.ts';

/** A part, and the bytes that are kept of it. */
export interface Packed {
  readonly part: Part;
  readonly bytes: Buffer;
}

/** Takes an entry of the store apart: its files each, and the headers as one. */
export const pack = async (entry: string): Promise<readonly Packed[]> => {
  const found = await readdir(join(entry, INCLUDE), { recursive: true, withFileTypes: true });
  const headers = found
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(entry.length + 1))
    .sort();
  const packed: Packed[] = [];
  for (const names of [...FILES.map((name) => [name]), headers])
    packed.push(await packFiles(entry, names));
  return packed;
};

const packFiles = async (entry: string, names: readonly string[]): Promise<Packed> => {
  const contents = await Promise.all(names.map((name) => readFile(join(entry, name))));
  const files = names.map((name, n) => ({ name, size: contents[n]?.length ?? 0 }));
  const plain = Buffer.concat(contents);
  // The image is compressed already.
  const encoding = names[0] === IMAGE ? 'identity' : 'gzip';
  const bytes = encoding === 'gzip' ? await promisify(gzip)(plain) : plain;
  return { part: { sha256: digest(bytes), size: bytes.length, encoding, files }, bytes };
};

/**
 * Writes the files of a part into a directory, none of them executable. Gives in words what
 * is wrong with the bytes; undefined where nothing is. Throws as `fs` does.
 */
export const unpack = async (
  { part, bytes }: Packed,
  directory: string,
): Promise<string | undefined> => {
  const [first] = part.files;
  if (bytes.length !== part.size) return `${first?.name ?? ''} is cut`;
  if (digest(bytes) !== part.sha256) return `${first?.name ?? ''} is not what was signed`;
  const total = part.files.reduce((sum, { size }) => sum + size, 0);
  const plain = part.encoding === 'gzip' ? await unzip(bytes, total) : bytes;
  if (plain?.length !== total) return `${first?.name ?? ''} does not unpack to its size`;
  let from = 0;
  for (const { name, size } of part.files) {
    const file = join(directory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, plain.subarray(from, from + size), { flag: 'wx', mode: 0o644 });
    from += size;
  }
  return undefined;
};

/** undefined where it is no gzip, or longer than it may be. */
const unzip = (bytes: Buffer, most: number): Promise<Buffer | undefined> =>
  promisify(gunzip)(bytes, { maxOutputLength: Math.max(most, 1) }).catch(() => undefined);
