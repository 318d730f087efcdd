// SPDX-License-Identifier: MIT
import { step, type Context } from '../../base/context.ts';
import { atomicDirectory, openToOthers } from '../../base/cache/store.ts';
import { MISSES } from '../../base/cache/hits.ts';
import type { Miss } from '../../base/events.ts';
import type { Fingerprint } from '../../base/fingerprint.ts';
import type { Answer, RemoteStore } from '../../base/remote/remote-store.ts';
import { isSigned, openSigned } from '../../base/remote/signed.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { readRecord, RECORD } from '../kernel-record.ts';
import type { Toolchain } from '../make/toolchain.ts';
import {
  isMarkOf,
  kernelName,
  MANIFEST_MOST,
  partName,
  readManifest,
  toolchainKey,
  toolchainName,
  type KernelManifest,
} from './manifest.ts';
import { unpack, type Packed } from './parts.ts';

/** A kernel that a remote store may have. */
export interface RemoteKernel {
  readonly key: Fingerprint;
  readonly tools: Toolchain;
  /** Its entry in the own cache, which it becomes. */
  readonly home: string;
}

/**
 * Brings a kernel from the remote store into the own cache, where there is such a store, it
 * answers, and a trusted key signed what it has; a word says once why it is not used. Gives
 * whether the kernel is in the cache now. Fails as the cache does.
 */
export const fetchKernel = async (
  context: Context,
  kernel: RemoteKernel,
): Promise<Result<boolean>> => {
  const { remote } = context;
  if (!remote?.isUsed || !remote.isNew(kernelName(kernel.key))) return ok(false);
  if (remote.trusted.length === 0) {
    tell(context, remote, remote.end('KBT_REMOTE_TRUST names no key whose signature counts'));
    return ok(false);
  }
  return step<boolean>(context, 'remote', 'remote store', async () => {
    const brought = await bring(context, remote, kernel);
    if (!brought.ok) return brought;
    if (typeof brought.value !== 'number')
      return ok({ value: false, cached: false, miss: brought.value, note: MISSES[brought.value] });
    const note = `${(brought.value / 2 ** 20).toFixed(1)} MiB from ${remote.url}`;
    return ok({ value: true, cached: true, note });
  });
};

/** How many bytes came, or why the kernel is not here. */
const bring = async (
  context: Context,
  remote: RemoteStore,
  { key, tools, home }: RemoteKernel,
): Promise<Result<number | Miss>> => {
  const refuse = (why: string): Result<Miss> => {
    const text = `kernel ${key.slice(0, 12)} of ${remote.url} is not used: ${why}`;
    context.emit({ type: 'warning', text });
    return ok('refused');
  };
  const text = await getSigned(context, remote, kernelName(key));
  if (text === 'refused') return ok(text);
  if (text === 'not-there')
    return ok((await hasToolchain(context, remote, tools)) ? text : 'other-toolchain');
  if (!text.ok) return refuse(text.failure.what);
  const manifest = readManifest(text.value, key);
  if (typeof manifest === 'string') return refuse(manifest);
  const packed = await getParts(context, remote, manifest);
  if (packed === undefined) return ok('refused');
  if (typeof packed === 'string') return refuse(packed);
  let wrong: string | undefined;
  const stored = await atomicDirectory(home, async (scratch) => {
    wrong = await unpackAll(packed, scratch);
    return wrong === undefined ? ok(undefined) : fail('environment', wrong);
  });
  if (wrong !== undefined) return refuse(wrong);
  return stored.ok ? ok(packed.reduce((sum, { bytes }) => sum + bytes.length, 0)) : stored;
};

/** What was signed under a name, or why it is not to be used; a word says what ended the use of the store. */
export const getSigned = async (
  context: Context,
  remote: RemoteStore,
  name: string,
): Promise<Result<string> | 'not-there' | 'refused'> => {
  const answer = await remote.get({ name, size: MANIFEST_MOST }, context.signal);
  if (answer.kind === 'absent') return 'not-there';
  if (answer.kind === 'there' && isSigned(answer.bytes))
    return openSigned(answer.bytes, remote.trusted);
  const end = answer.kind === 'ended' ? answer : remote.end('what it answers is not signed');
  tell(context, remote, end);
  return 'refused';
};

/** Whether the store says that it has kernels of this gcc and ld. */
export const hasToolchain = async (
  context: Context,
  remote: RemoteStore,
  tools: Toolchain,
): Promise<boolean> => {
  const key = toolchainKey(tools);
  const text = await getSigned(context, remote, toolchainName(key));
  return typeof text === 'object' && text.ok && isMarkOf(text.value, key);
};

/** The parts of a kernel; in words why they are not all there, and undefined where that was told. */
const getParts = async (
  context: Context,
  remote: RemoteStore,
  { parts }: KernelManifest,
): Promise<readonly Packed[] | string | undefined> => {
  const files = parts.map((part) => ({ name: partName(part), size: part.size }));
  const total = Math.ceil(files.reduce((sum, { size }) => sum + size, 0) / 2 ** 20);
  const answers = await remote.getAll(files, context.signal, (bytes) => {
    const done = Math.floor(bytes / 2 ** 20);
    const text = 'downloading a kernel, MiB';
    context.emit({ type: 'step', reason: 'progress', step: 'remote', text, done, total });
  });
  const packed: Packed[] = [];
  for (const [n, part] of parts.entries()) {
    const answer = answers[n];
    if (answer?.kind === 'there') packed.push({ part, bytes: answer.bytes });
    else if (answer?.kind === 'ended') tell(context, remote, answer);
  }
  if (!remote.isUsed) return undefined;
  return packed.length === parts.length ? packed : 'it is not whole: a file of it is not there';
};

/** Makes an entry of what came. Gives in words what is wrong with it; undefined where nothing is. */
const unpackAll = async (
  packed: readonly Packed[],
  directory: string,
): Promise<string | undefined> => {
  for (const one of packed) {
    const wrong = await unpack(one, directory);
    if (wrong !== undefined) return wrong;
  }
  await openToOthers(directory);
  return (await readRecord(directory)) ? undefined : `its ${RECORD} says something else`;
};

/** Says why the store is not used any more, once. */
const tell = ({ emit }: Context, { url }: RemoteStore, answer: Answer): void => {
  if (answer.kind === 'ended' && answer.why !== undefined)
    emit({ type: 'warning', text: `${url} is not used in this run: ${answer.why}` });
};
