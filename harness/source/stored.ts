// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../base/context.ts';
import { z } from 'zod';
import { flavourOfDigest, type Pin } from './pin.ts';
import type { Source } from './source.ts';

/** Everything that is unpacked already, as it was pinned then. */
export const sourcesIn = async (store: string): Promise<readonly Source[]> => {
  const names = await readdir(store).catch(() => []);
  const homes = names.filter((name) => /^[0-9a-f]{64}$/.test(name));
  const read = await Promise.all(homes.map((name) => readStored(join(store, name))));
  return read.filter((source) => source !== undefined);
};

/** The same, seen with today's pin: it may have moved since. */
export const storedSources = async (store: string, pin: Pin): Promise<readonly Source[]> =>
  (await sourcesIn(store)).map((source) => ({
    ...source,
    verified: flavourOfDigest(pin, source.digest) !== undefined,
    unpinned: source.version !== pin.version,
  }));

/**
 * The files of a tarball as they were unpacked beside the repository that was made of them, until
 * they become the template of its trees. The repository's index is theirs.
 */
export const unpackedOf = (repository: string): string => join(dirname(repository), 'linux');

/** The file of a source's entry that says what it is. */
export const SOURCE_FILE = 'source.json';

/** What {@link SOURCE_FILE} holds; that of another kbt may hold more. */
const STORED = z.object({
  version: z.string(),
  flavour: z.enum(['vanilla', 'debian']),
  digest: z.string(),
  origin: z.string(),
  verified: z.boolean(),
  unpinned: z.boolean(),
  commit: z.string(),
});

/** The source in an entry; undefined for one that lost its alternate, or is not whole. */
export const readStored = async (home: string): Promise<Source | undefined> => {
  const alternates = await readFile(join(home, 'linux.git/objects/info/alternates'), 'utf8').catch(
    () => '',
  );
  if (!alternates.split('\n').every((path) => path === '' || existsSync(path))) return undefined;
  try {
    const text = await readFile(join(home, SOURCE_FILE), 'utf8');
    const stored = STORED.safeParse(JSON.parse(text)).data;
    return stored && { ...stored, repository: join(home, 'linux.git') };
  } catch {
    return undefined;
  }
};

/** Of these, what the pin names; a verified one first. */
export const cachedSource = async (store: string, pin: Pin): Promise<Source | undefined> => {
  const sources = (await storedSources(store, pin)).filter((source) => !source.unpinned);
  return sources.find((source) => source.verified) ?? sources[0];
};

/** Whether the pinned source is here already, so that nothing has to be fetched. */
export const isStored = async ({ cache }: Context, pin: Pin): Promise<boolean> =>
  (await cachedSource(join(cache, 'source'), pin)) !== undefined;
