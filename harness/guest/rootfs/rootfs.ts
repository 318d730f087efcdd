// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isSound } from '../../base/cache/entry.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import { step, type Context } from '../../base/context.ts';
import { digest, digestFile, fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import { findProgram } from '../../base/process/find-program.ts';
import { run } from '../../base/process/process.ts';
import { starved } from '../../base/process/starved.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { checkReadable, listTree } from './directory.ts';
import { copyPackages, stateBeside, type Package } from './packages.ts';
import { imageTypeOf, type RootType } from './image-type.ts';

/** A root file system for the programs of a guest. */
export interface Rootfs {
  /** A raw image, which nothing writes to. */
  readonly file: string;
  readonly type: RootType;
  /** sha256 of its bytes. */
  readonly digest: string;
}

/** A root as the user gave it, looked at. */
export type GivenRootfs =
  | { readonly kind: 'image'; readonly file: string; readonly type: RootType }
  | { readonly kind: 'directory'; readonly directory: string }
  /** Packages of Debian's, as they are installed here. */
  | { readonly kind: 'packages'; readonly packages: readonly Package[] };

/** What the guest mounts. */
export const typeOf = (given: GivenRootfs): RootType =>
  given.kind === 'image' ? given.type : 'erofs';

/** Looks at what `--rootfs` names. Fails with `usage`, saying what that is instead. */
export const readRootfs = async (path: string): Promise<Result<GivenRootfs>> => {
  const file = resolve(path);
  const what = await stat(file).catch(() => undefined);
  if (what?.isDirectory()) return ok({ kind: 'directory', directory: file });
  if (!what?.isFile())
    return fail('usage', `--rootfs: there is no directory or image ${path}`, {
      remedy: 'give the directory of a root, or a raw image with ext4, erofs or squashfs',
    });
  const found = await imageTypeOf(file).catch(() => undefined);
  if (!found) return fail('usage', `--rootfs: cannot read ${path}`);
  return found.type === undefined
    ? fail('usage', `--rootfs: ${path} is ${found.what}`, { remedy: found.remedy })
    : ok({ kind: 'image', file, type: found.type });
};

/**
 * The root as an image: what is one already stays where it is, a directory is packed, all of it
 * root's. Fails with `usage` where it cannot be read, and with `environment`.
 */
export const obtainRootfs = (context: Context, given: GivenRootfs): Promise<Result<Rootfs>> =>
  step(context, 'rootfs', 'root file system', async () => {
    const known = await keyOf(given);
    if (!known.ok) return known;
    const { key, tree } = known.value;
    const home = join(context.cache, 'roots', key);
    const cached = await isSound(context, home);
    const made = await atomicDirectory(home, async (scratch) => {
      const image = await imageFor(context, given, tree, scratch);
      if (!image.ok) return image;
      const again = await keyOf(given);
      if (!again.ok) return again;
      if (again.value.key !== key)
        return fail('usage', '--rootfs: it changed while kbt read it', {
          remedy: 'wait until nothing writes to it',
        });
      await writeFile(join(scratch, DIGEST), await digestFile(image.value));
      return ok(undefined);
    });
    if (!made.ok) return made;
    return ok({ value: await rootfsIn(home, given), cached });
  });

const imageFor = async (
  context: Context,
  given: GivenRootfs,
  tree: readonly string[],
  scratch: string,
): Promise<Result<string>> => {
  if (given.kind === 'image') return ok(given.file);
  const file = join(scratch, IMAGE);
  if (given.kind === 'directory') {
    const readable = await checkReadable(given.directory, tree);
    return readable.ok ? pack(context, given.directory, file) : readable;
  }
  const copy = join(scratch, 'files');
  try {
    await mkdir(copy);
    const copied = await copyPackages(given.packages, copy);
    return copied.ok ? await pack(context, copy, file) : copied;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};

/** The root where the store has it; undefined where it has to be read or packed first. */
export const findRootfs = async (
  context: Context,
  given: GivenRootfs,
): Promise<Result<Rootfs | undefined>> => {
  const known = await keyOf(given);
  if (!known.ok) return known;
  const home = join(context.cache, 'roots', known.value.key);
  return ok(await rootfsIn(home, given).catch(() => undefined));
};

/** What is another value where the root holds something else. Fails as {@link obtainRootfs} does. */
export const identityOf = async (given: GivenRootfs): Promise<Result<string>> => {
  const known = await keyOf(given);
  return known.ok ? ok(known.value.key) : known;
};

/** Of an entry of the store: the digest, and the image of a directory. */
const DIGEST = 'sha256';
const IMAGE = 'root.erofs';

const rootfsIn = async (home: string, given: GivenRootfs): Promise<Rootfs> => {
  const sum = await readFile(join(home, DIGEST), 'utf8');
  const file = given.kind === 'image' ? given.file : join(home, IMAGE);
  return { file, type: typeOf(given), digest: sum };
};

interface Known {
  readonly key: Fingerprint;
  /** Of a directory; see {@link listTree}. */
  readonly tree: readonly string[];
}

/** By what tells that nothing has changed, as make has it: to read gigabytes takes seconds. */
const keyOf = async (given: GivenRootfs): Promise<Result<Known>> => {
  if (given.kind === 'image') {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(given.file, { bigint: true });
    const file = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    return ok({ key: fingerprint({ image: file, type: given.type }), tree: [] });
  }
  if (given.kind === 'packages')
    return ok({
      key: fingerprint({ recipe: 3, packages: given.packages, beside: await stateBeside() }),
      tree: [],
    });
  const tree = await listTree(given.directory);
  if (!tree.ok) return tree;
  const { directory } = given;
  return ok({
    key: fingerprint({ recipe: 1, directory, tree: digest(tree.value.join('\0')) }),
    tree: tree.value,
  });
};

/** Looks for what packs a root, before anything is built. Fails with `environment`. */
export const checkPacker = async (
  { env }: Pick<Context, 'env'>,
  given: GivenRootfs | undefined,
): Promise<Result<void>> =>
  given === undefined || given.kind === 'image' || (await findProgram(PACKER, env['PATH']))
    ? ok(undefined)
    : fail('environment', `${PACKER} is missing: it packs the root file system`, {
        code: 'tool-missing',
        remedy: 'apt-get install erofs-utils; or give an image by --rootfs',
      });

const PACKER = 'mkfs.erofs';

/** Packed without compression: to read it costs the guest least. */
const pack = async (
  { signal }: Context,
  directory: string,
  file: string,
): Promise<Result<string>> => {
  const ended = await run({
    argv: [PACKER, '-d0', '--all-root', file, directory],
    signal,
  });
  if (ended.code === 0) return ok(file);
  const failure = starved('the root file system', ended);
  if (failure) return { ok: false, failure };
  return fail('environment', `${PACKER} cannot pack the root file system`, {
    where: directory,
    detail: ended.tail.slice(-5).join('\n'),
  });
};
