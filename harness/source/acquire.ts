// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { step, type Context, type StepValue } from '../base/context.ts';
import { digest, digestFile } from '../base/fingerprint.ts';
import { git, text } from '../base/git.ts';
import { withLock } from '../base/lock.ts';
import { fail, ok, type Failure, type Result } from '../base/result.ts';
import { atomicDirectory } from '../base/store.ts';
import { choose, fromDebian, offered, upstreamOf } from './debian.ts';
import { flavourOf, importDirectory, unpack, versionOf } from './import.ts';
import { fromKernelOrg } from './kernel-org.ts';
import { flavourOfDigest, type Pin } from './pin.ts';
import type { Found, Source } from './source.ts';

export interface SourceOptions {
  /** A tarball or directory of the user's (`--source`, KBT_SOURCE). */
  readonly given: string | undefined;
  /** Nothing but the pinned and verified source will do. */
  readonly frozen: boolean;
}

/**
 * The source as a git repository: from the cache, from the user, from
 * kernel.org, from Debian, in this order. Fails with `environment`.
 */
export const acquireSource = (
  context: Context,
  pin: Pin,
  options: SourceOptions,
): Promise<Result<Source>> =>
  step<Source>(context, 'source', `source ${pin.version}`, async () => {
    const store = join(context.cache, 'source');
    if (options.given === undefined) {
      const cached = await cachedSource(store, pin);
      if (cached) return ok({ value: cached, cached: true, note: describe(cached) });
    }
    return withLock<StepValue<Source>>(context, join(store, 'lock'), async () => {
      // Another run may have brought it while this one waited.
      const cached = options.given === undefined ? await cachedSource(store, pin) : undefined;
      if (cached) return ok({ value: cached, cached: true, note: describe(cached) });
      const found = await find(context, pin, options);
      if (!found.ok) return found;
      const source = await importFound(context, pin, store, found.value);
      if (!source.ok) return source;
      const strict = checkFrozen(source.value, pin, options);
      if (!strict.ok) return strict;
      if (source.value.unpinned)
        context.emit({
          type: 'warning',
          text: `UNPINNED: Linux ${pin.version} is not to be had; this is ${source.value.version} from ${source.value.origin}`,
        });
      return ok({ value: source.value, cached: false, note: describe(source.value) });
    });
  });

/** For reports: 6.12.117 debian, and what is doubtful about it. */
export const describe = (source: Source): string =>
  [
    `Linux ${source.version}, ${source.flavour}`,
    ...(source.verified ? [] : ['unverified']),
    ...(source.unpinned ? ['unpinned'] : []),
  ].join(', ');

const checkFrozen = (source: Source, pin: Pin, options: SourceOptions): Result<void> =>
  options.frozen && (source.unpinned || !source.verified)
    ? fail('environment', `--frozen: ${describe(source)} is not the pinned source ${pin.version}`, {
        remedy: 'give the pinned tarball with --source, or move the pin: npm run pin -- --update',
      })
    : ok(undefined);

/** Of what is unpacked already, what the pin names; a verified one first. */
const cachedSource = async (store: string, pin: Pin): Promise<Source | undefined> => {
  const names = await readdir(store).catch(() => []);
  const sources: Source[] = [];
  for (const name of names) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const file = join(store, name, 'source.json');
    const stored = JSON.parse(await readFile(file, 'utf8')) as Source;
    const source = { ...stored, repository: join(store, name, 'linux.git') };
    // The pin may have moved since this was stored.
    const verified = flavourOfDigest(pin, source.digest) !== undefined;
    const unknown = !source.verified && !source.unpinned;
    if (source.version === pin.version && (verified || unknown))
      sources.push({ ...source, verified, unpinned: false });
  }
  return sources.find((source) => source.verified) ?? sources[0];
};

const find = async (context: Context, pin: Pin, options: SourceOptions): Promise<Result<Found>> => {
  if (options.given !== undefined) return givenSource(options.given);
  const passedOver: Failure[] = [];
  const vanilla = await fromKernelOrg(context, pin);
  if (vanilla.ok) return vanilla;
  passedOver.push(vanilla.failure);
  context.emit({
    type: 'warning',
    text: `${vanilla.failure.what}${vanilla.failure.detail ? ` (${vanilla.failure.detail})` : ''}; trying Debian's package`,
  });
  const versions = await offered(context, pin.debian.package);
  const version = choose(pin.version, versions);
  if (version !== undefined) {
    if (options.frozen && upstreamOf(version) !== pin.version)
      return fail('environment', `--frozen: Linux ${pin.version} is offered nowhere`, {
        detail: `Debian offers ${versions.join(', ')}`,
        remedy: 'give the tarball with --source, or move the pin: npm run pin -- --update',
      });
    const debian = await fromDebian(context, pin, version);
    if (debian.ok) return debian;
    passedOver.push(debian.failure);
  } else {
    passedOver.push(
      fail('environment', `apt offers no ${pin.debian.package}`, {
        detail: 'no apt here, or its lists are empty: apt-get update',
      }).failure,
    );
  }
  return fail('environment', `no source for Linux ${pin.version}`, {
    detail: passedOver.map((f) => `${f.what}${f.detail ? `: ${f.detail}` : ''}`).join('\n'),
    remedy: `give a tarball or directory: --source linux-${pin.version}.tar.xz`,
  });
};

const givenSource = async (given: string): Promise<Result<Found>> => {
  const path = resolve(given);
  const what = await stat(path).catch(() => undefined);
  if (!what) return fail('environment', `--source: there is no ${given}`);
  return ok({
    path,
    kind: what.isDirectory() ? 'directory' : 'tarball',
    origin: given,
    expected: undefined,
  });
};

const importFound = async (
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
      detail: `the pin wants sha256 ${found.expected}\nthis one is     ${sum}`,
      remedy: 'it was thrown away; run again, or look who changed it before you move the pin',
    });
  }
  const home = join(store, sum);
  const made = await atomicDirectory(home, async (scratch) => {
    const tree = join(scratch, 'linux');
    await mkdir(tree);
    const unpacked = await unpack(context, found.path, tree);
    if (!unpacked.ok) return unpacked;
    const version = await versionOf(tree);
    if (version === undefined)
      return fail('environment', `${found.origin} is not a kernel source`, {
        detail: 'its Makefile names no VERSION, PATCHLEVEL and SUBLEVEL',
      });
    context.emit({ type: 'step', reason: 'progress', step: 'source', text: 'making a git tree' });
    const commit = await importDirectory(context, tree, join(scratch, 'linux.git'));
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
    await writeFile(join(scratch, 'source.json'), JSON.stringify(record, null, 2));
    await rm(tree, { recursive: true });
    return ok(undefined);
  });
  if (!made.ok) return made;
  // The tarball has done its work; a download is not kept twice.
  if (found.path.startsWith(context.cache)) await rm(found.path, { force: true });
  const stored = JSON.parse(await readFile(join(home, 'source.json'), 'utf8')) as Source;
  return ok({ ...stored, repository: join(home, 'linux.git') });
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
      detail: 'its Makefile names no VERSION, PATCHLEVEL and SUBLEVEL',
    });
  const repository = join(store, `directory-${digest(found.path).slice(0, 16)}.git`);
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
  });
};
