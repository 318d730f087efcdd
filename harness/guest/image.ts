// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { ARCH } from '../arch/host.ts';
import { step, type Context } from '../base/context.ts';
import { isSound } from '../base/cache/entry.ts';
import { digestFile, fingerprint, type Fingerprint } from '../base/fingerprint.ts';
import { run } from '../base/process/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { atomicDirectory } from '../base/cache/store.ts';
import { compile, isCompiled, type Compiled, type How } from './compile.ts';
import { APPLETS, membersOf, type Parts } from './contents.ts';
import { packCpio } from './cpio.ts';

/** The initramfs a kernel boots into, and the keys that open it. */
export interface Image {
  readonly fingerprint: Fingerprint;
  readonly file: string;
  /** OpenSSH private key of the user root. */
  readonly userKey: string;
  /** The host's public key, base64 of the SSH wire form. */
  readonly hostKey: string;
}

/** Assembles the image with these modules of its kernel, or takes it from the store. Fails with `environment`. */
export const obtainImage = (
  context: Context,
  modules: readonly string[] = [],
): Promise<Result<Image>> =>
  step(context, 'image', 'image', async () => {
    const parts = await collect(context, modules);
    if (!parts.ok) return parts;
    const key = await keyOf(parts.value);
    const home = join(context.cache, 'images', key);
    const cached = await isSound(context, home);
    const made = await atomicDirectory(home, async (scratch) => {
      const keys = await makeKeys(context, scratch);
      if (!keys.ok) return keys;
      const packed = await packCpio(membersOf(scratch, parts.value));
      await writeFile(join(scratch, 'initramfs.cpio'), packed, { mode: 0o600 });
      return ok(undefined);
    });
    if (!made.ok) return made;
    return ok({ value: await readImage(home, key), cached });
  });

/** The image where the store has it; undefined where it has to be assembled. Fails with `environment`. */
export const findImage = async (context: Context): Promise<Result<Image | undefined>> => {
  const sources = Object.values(OWN).map((name) => sourceOf(context, name));
  const compiled = await Promise.all(sources.map((file) => isCompiled(context, file, PLAIN)));
  if (compiled.includes(false)) return ok(undefined);
  const parts = await collect(context, []);
  if (!parts.ok) return parts;
  const key = await keyOf(parts.value);
  const home = join(context.cache, 'images', key);
  return ok(existsSync(home) ? await readImage(home, key) : undefined);
};

const keyOf = async ({ libraries, modules, ...programs }: Parts): Promise<Fingerprint> =>
  fingerprint({
    recipe: 2,
    architecture: ARCH.name,
    applets: APPLETS,
    files: await Promise.all(
      [...Object.values(programs), ...libraries.map(({ file }) => file)].map(digestFile),
    ),
    ...(modules.length > 0 ? { modules: await Promise.all(modules.map(digestFile)) } : {}),
  });

const readImage = async (home: string, key: Fingerprint): Promise<Image> => ({
  fingerprint: key,
  file: join(home, 'initramfs.cpio'),
  userKey: await readFile(join(home, 'user_key'), 'utf8'),
  hostKey: await readFile(join(home, 'host_key.pub'), 'utf8'),
});

/** Our own programs of an image. */
const OWN = { init: 'init.c', observer: 'observer.c', starter: 'starter.c' } as const;

/** They want no headers but the C library's. */
const PLAIN: How = { optimised: true };

const sourceOf = ({ root }: Pick<Context, 'root'>, name: string): string =>
  join(root, 'guest', 'init', name);

const collect = async (context: Context, modules: readonly string[]): Promise<Result<Parts>> => {
  const { root, listLibraries, ...places } = ARCH.userland;
  const busybox = places.busybox.find((path) => existsSync(path));
  const dropbear = places.dropbear.find((path) => existsSync(path));
  if (busybox === undefined || dropbear === undefined)
    return fail('environment', `${busybox ? 'dropbear' : 'busybox'} is missing`, {
      code: 'tool-missing',
      remedy: 'kbt doctor names the package',
    });
  const compiled = (name: string): Promise<Result<Compiled>> =>
    compile(context, sourceOf(context, name), PLAIN);
  const [init, observer, starter] = await Promise.all([
    compiled(OWN.init),
    compiled(OWN.observer),
    compiled(OWN.starter),
  ]);
  if (!init.ok) return init;
  if (!observer.ok) return observer;
  if (!starter.ok) return starter;
  const argv = [...listLibraries, dropbear] as const;
  const listed = await run({ argv, capture: true, signal: context.signal });
  const libraries = [...listed.stdout.toString().matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(
    ([, path = '']) => ({ path, file: join(root, path) }),
  );
  return ok({
    init: init.value.file,
    observer: observer.value.file,
    starter: starter.value.file,
    ...{ busybox, dropbear, libraries, modules },
  });
};

const makeKeys = async (context: Context, scratch: string): Promise<Result<void>> => {
  const hostKey = join(scratch, 'host_key');
  const made = await run({
    argv: ['dropbearkey', '-t', 'ed25519', '-f', hostKey],
    capture: true,
    signal: context.signal,
  });
  const publicKey = /^ssh-ed25519 (\S+)/m.exec(made.stdout.toString())?.[1];
  if (made.code !== 0 || publicKey === undefined)
    return fail('environment', 'dropbearkey cannot make a host key', {
      detail: made.tail.slice(-5).join('\n'),
    });
  const user = ssh2.utils.generateKeyPairSync('ed25519');
  await writeFile(join(scratch, 'host_key.pub'), publicKey);
  await writeFile(join(scratch, 'user_key'), user.private, { mode: 0o600 });
  await writeFile(join(scratch, 'authorized_keys'), `${user.public}\n`, { mode: 0o600 });
  await writeFile(
    join(scratch, 'passwd'),
    'root:x:0:0:root:/root:/sbin/starter\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  );
  // dropbear lets nobody in whose shell is none of these.
  await writeFile(join(scratch, 'shells'), '/sbin/starter\n/bin/sh\n');
  await writeFile(join(scratch, 'group'), 'root:x:0:\nnogroup:x:65534:\n');
  await chmod(hostKey, 0o600);
  return ok(undefined);
};
