// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Context } from '../../base/context.ts';
import { digest, digestFile } from '../../base/fingerprint.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { atomicDirectory, openToOthers } from '../../base/cache/store.ts';
import { flavourOf, importDirectory, unpack, versionOf } from './import.ts';
import { flavourOfDigest, type Pin } from '../pin.ts';
import { roomForTarball } from './room.ts';
import type { Found, Source } from '../source.ts';
import { readStored, SOURCE_FILE, unpackedOf } from '../stored.ts';

/**
 * Checks what was found against the pin and makes it a git repository in the
 * store. Fails with `environment`; nothing half-done stays.
 */
export const importFound = async (
  context: Context,
  pin: Pin,
  store: string,
  found: Found,
): Promise<Result<Source>> => {
  if (found.kind === 'directory') return importGivenDirectory(context, pin, store, found);
  const sum = await digestFile(found.path);
  if (found.expected !== undefined && found.expected !== sum) {
    await rm(found.path);
    return fail('environment', `wrong digest: ${found.origin}`, {
      code: 'source-unavailable',
      detail: `the pin wants sha256 ${found.expected}\nthis one is     ${sum}`,
      remedy: 'it was thrown away; run again, or look who changed it before you move the pin',
    });
  }
  const home = join(store, sum);
  const made = await atomicDirectory(home, async (scratch) => {
    const room = await roomForTarball(context, found.path, store);
    if (!room.ok) return room;
    const repository = join(scratch, 'linux.git');
    const tree = unpackedOf(repository);
    await mkdir(tree);
    const unpacked = await unpack(context, found.path, tree);
    if (!unpacked.ok) return unpacked;
    const version = await versionOf(tree);
    if (version === undefined)
      return fail('environment', `${found.origin} is not a kernel source`, {
        code: 'source-unavailable',
        detail: 'its Makefile names no VERSION, PATCHLEVEL and SUBLEVEL',
      });
    context.emit({ type: 'step', reason: 'progress', step: 'source', text: 'making a git tree' });
    const commit = await importDirectory(context, tree, repository);
    if (!commit.ok) return commit;
    const flavour = flavourOfDigest(pin, sum);
    const record: Omit<Source, 'repository'> = {
      version,
      flavour: flavour ?? (await flavourOf(tree)),
      digest: sum,
      origin: found.origin,
      verified: flavour !== undefined,
      unpinned: version !== pin.version,
      commit: commit.value,
    };
    await writeFile(join(scratch, SOURCE_FILE), JSON.stringify(record, null, 2));
    await openToOthers(scratch);
    return ok(undefined);
  });
  if (!made.ok) return made;
  // The tarball has done its work; a download is not kept twice.
  if (found.path.startsWith(join(context.cache, 'downloads') + sep))
    await rm(found.path, { force: true });
  const stored = await readStored(home);
  return stored
    ? ok(stored)
    : fail('environment', 'the source in the cache cannot be read', {
        where: home,
        remedy: 'remove it: kbt clean --kind source',
      });
};

/** A directory is looked through at every run, by git's index: a change in it is a new source. */
const importGivenDirectory = async (
  context: Context,
  pin: Pin,
  store: string,
  found: Found,
): Promise<Result<Source>> => {
  const version = await versionOf(found.path);
  if (version === undefined)
    return fail('environment', `${found.origin} is not a kernel source`, {
      code: 'source-unavailable',
      detail: 'its Makefile names no VERSION, PATCHLEVEL and SUBLEVEL',
    });
  const line = `directory-${digest(found.path).slice(0, 16)}`;
  const repository = join(store, `${line}.git`);
  if (existsSync(join(repository, 'index.lock'))) await rm(join(repository, 'index.lock'));
  const commit = await importDirectory(context, found.path, repository);
  if (!commit.ok) return commit;
  const tree = text(await git(['--git-dir', repository, 'rev-parse', `${commit.value}^{tree}`]));
  return ok({
    version,
    flavour: await flavourOf(found.path),
    digest: `tree:${tree}`,
    origin: found.origin,
    verified: false,
    unpinned: version !== pin.version,
    repository,
    commit: commit.value,
    line,
  });
};
