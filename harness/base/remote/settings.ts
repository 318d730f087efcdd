// SPDX-License-Identifier: MIT
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { fail, ok, type Result } from '../result.ts';

/** Where a store of kernels is, and whose signatures count. */
export interface RemoteSettings {
  /** Ends with a slash; without the name and the password of {@link authorization}. */
  readonly url: string;
  /** What the server is told of who asks; undefined where the address names nobody. */
  readonly authorization: string | undefined;
  /** Public keys, as {@link publicKeyText} writes them. */
  readonly trusted: readonly string[];
}

/** An ed25519 key, and nothing else, signs. */
const KIND = 'ed25519';

/**
 * What KBT_REMOTE and KBT_REMOTE_TRUST say; undefined where no store is named. Fails with
 * `usage` where either says what it cannot mean.
 */
export const readRemote = (
  env: Readonly<Record<string, string | undefined>>,
): Result<RemoteSettings | undefined> => {
  const named = env['KBT_REMOTE'] ?? '';
  if (named === '') return ok(undefined);
  if (!URL.canParse(named)) return fail('usage', `KBT_REMOTE is no address: ${named}`);
  const url = new URL(named);
  const { username, password, protocol } = url;
  url.username = url.password = url.search = url.hash = '';
  if (protocol !== 'https:' && protocol !== 'http:')
    return fail('usage', `KBT_REMOTE is neither https: nor http:, but ${protocol}`);
  const words = (env['KBT_REMOTE_TRUST'] ?? '').split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.find((word) => !isPublicKey(word));
  if (wrong !== undefined)
    return fail('usage', `KBT_REMOTE_TRUST: ${wrong} is no public key of ${KIND}`, {
      remedy: 'openssl pkey -in KEY -pubout -outform DER | base64 prints the one of a private key',
    });
  const who = decoded([username, password]);
  if (who === undefined)
    return fail('usage', 'KBT_REMOTE: its user or password has a % that encodes nothing', {
      remedy: 'write a % as %25',
    });
  return ok({
    url: url.href.replace(/\/*$/, '/'),
    authorization:
      username === '' ? undefined : `Basic ${Buffer.from(who.join(':')).toString('base64')}`,
    trusted: words,
  });
};

/** Parts of an address without percent-encoding; undefined where one is encoded wrongly. */
const decoded = (parts: readonly string[]): readonly string[] | undefined => {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
};

/** The public key that a word stands for, as openssl and {@link publicKeyText} write it. */
export const publicKeyOf = (word: string): KeyObject =>
  createPublicKey({ key: Buffer.from(word, 'base64'), format: 'der', type: 'spki' });

const isPublicKey = (word: string): boolean => {
  try {
    return (
      publicKeyOf(word).asymmetricKeyType === KIND && publicKeyText(publicKeyOf(word)) === word
    );
  } catch {
    return false;
  }
};

/** A key's public half in one word. */
export const publicKeyText = (key: KeyObject): string =>
  (key.type === 'private' ? createPublicKey(key) : key)
    .export({ format: 'der', type: 'spki' })
    .toString('base64');

/** The private key of a file that its owner alone can read. Fails with `usage`. */
export const readPrivateKey = async (file: string): Promise<Result<KeyObject>> => {
  const what = await stat(file).catch(() => undefined);
  if (!what?.isFile()) return fail('usage', `KBT_REMOTE_KEY: cannot read ${file}`);
  if ((what.mode & 0o177) !== 0)
    return fail('usage', `KBT_REMOTE_KEY: others can read ${file}, or change it`, {
      detail: `its mode is ${(what.mode & 0o777).toString(8).padStart(4, '0')}`,
      remedy: `chmod 600 ${file}`,
    });
  const remedy = `openssl genpkey -algorithm ${KIND} -out ${file} makes one`;
  try {
    const key = createPrivateKey(await readFile(file));
    return key.asymmetricKeyType === KIND
      ? ok(key)
      : fail(
          'usage',
          `KBT_REMOTE_KEY: ${file} is a key of ${key.asymmetricKeyType ?? 'another kind'}, not of ${KIND}`,
          { remedy },
        );
  } catch {
    return fail('usage', `KBT_REMOTE_KEY: ${file} is no private key that can be read`, { remedy });
  }
};
