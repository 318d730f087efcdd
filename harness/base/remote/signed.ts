// SPDX-License-Identifier: MIT
import { sign, verify, type KeyObject } from 'node:crypto';
import { fail, ok, type Result } from '../result.ts';
import { publicKeyOf, publicKeyText } from './settings.ts';

/** Who signed, and the signature, in a line of their own before what is signed. */
const HEAD = /^kbt-signed ([A-Za-z0-9+/]{59}=) ([A-Za-z0-9+/]{86}==)$/;
const HEAD_LENGTH = 'kbt-signed '.length + 60 + 1 + 88;

/**
 * A text with an ed25519 signature over its exact bytes before it. Both are one file: of two
 * writers at once none can leave the signature of one with the text of the other.
 */
export const signed = (text: string, key: KeyObject): Buffer => {
  const body = Buffer.from(text);
  const signature = sign(null, body, key).toString('base64');
  return Buffer.concat([Buffer.from(`kbt-signed ${publicKeyText(key)} ${signature}\n`), body]);
};

const headOf = (bytes: Buffer) =>
  bytes[HEAD_LENGTH] === 0x0a ? HEAD.exec(bytes.subarray(0, HEAD_LENGTH).toString('latin1')) : null;

/** Whether bytes are in the form that {@link signed} gives them, whoever signed. */
export const isSigned = (bytes: Buffer): boolean => headOf(bytes) !== null;

/**
 * The text of what {@link signed} made, where one of the trusted keys signed it: nothing of it
 * is read before that is known. Fails with `environment`, in words.
 */
export const openSigned = (bytes: Buffer, trusted: readonly string[]): Result<string> => {
  const refuse = (why: string) => fail('environment', why);
  const head = headOf(bytes);
  if (!head) return refuse('it is not signed');
  const [, key = '', signature = ''] = head;
  if (!trusted.includes(key))
    return refuse(`it is signed by a key that KBT_REMOTE_TRUST does not name, ${key}`);
  const body = bytes.subarray(HEAD_LENGTH + 1);
  return verify(null, body, publicKeyOf(key), Buffer.from(signature, 'base64'))
    ? ok(body.toString('utf8'))
    : refuse('its signature is not that of what it says: it is cut, or was changed');
};
