// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** sha256, hex, over everything that decides a step's result. */
export type Fingerprint = string & { readonly __brand: 'Fingerprint' };

/** The fingerprint of named inputs; the order of the fields is part of it. */
export const fingerprint = (inputs: Readonly<Record<string, unknown>>): Fingerprint =>
  digest(JSON.stringify(inputs)) as Fingerprint;

export const digest = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

/** By default it is a sixteenth of this, and half the time goes into coming and going. */
const CHUNK = 1024 * 1024;

/** sha256 of a file's bytes, hex; throws as `fs` does. */
export const digestFile = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: CHUNK }), hash);
  return hash.digest('hex');
};

/** sha256 over the names and bytes of all files below a directory. */
export const digestDirectory = async (directory: string): Promise<string> => {
  const entries = await readdir(directory, {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const data = await readFile(file);
    hash.update(`${file.slice(directory.length)}\0${data.length}\0`);
    hash.update(data);
  }
  return hash.digest('hex');
};
