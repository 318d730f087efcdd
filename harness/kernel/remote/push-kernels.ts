// SPDX-License-Identifier: MIT
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSoundThere } from '../../base/cache/entry.ts';
import type { Context } from '../../base/context.ts';
import type { Fingerprint } from '../../base/fingerprint.ts';
import type { RemoteStore } from '../../base/remote/remote-store.ts';
import { publicKeyText } from '../../base/remote/settings.ts';
import { openSigned, signed } from '../../base/remote/signed.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { readRecord } from '../kernel-record.ts';
import type { Toolchain } from '../make/toolchain.ts';
import { kernelHome } from '../stored-kernel.ts';
import {
  FILES,
  kernelName,
  MANIFEST_MOST,
  partName,
  readManifest,
  toolchainKey,
  toolchainName,
  type KernelManifest,
  type ToolchainMark,
} from './manifest.ts';
import { pack } from './parts.ts';

/** A kernel of the own cache, and what became of it. */
export interface Pushed {
  readonly key: Fingerprint;
  readonly release: string;
  /** `left`: it was built elsewhere, or for coverage, whose notes do not travel. */
  readonly how: 'pushed' | 'there' | 'left';
  /** How much was sent. */
  readonly bytes: number;
}

/** Where kernels go, and who signs for them. */
export interface Push {
  readonly remote: RemoteStore;
  readonly key: KeyObject;
}

/**
 * Sends to a remote store what the own cache has of kernels, or of those whose fingerprints
 * begin so; what is there already by this key stays. `told` hears of each. Files go first,
 * under their digests, and what names them last: of two who push at once each leaves a whole
 * kernel. Fails with `environment`, or `usage` where the cache has no such kernel.
 */
export const pushKernels = async (
  context: Context,
  push: Push,
  chosen: readonly string[],
  told: (pushed: Pushed) => void,
): Promise<Result<void>> => {
  const names = (await readdir(join(context.cache, 'kernels')).catch(() => [])).filter((name) =>
    /^[0-9a-f]{64}$/.test(name),
  );
  const unknown = chosen.find((begin) => !names.some((name) => name.startsWith(begin)));
  if (unknown !== undefined)
    return fail('usage', `the cache has no kernel ${unknown}`, { where: context.cache });
  const marked = new Set<string>();
  for (const name of names.sort() as Fingerprint[]) {
    if (chosen.length > 0 && !chosen.some((begin) => name.startsWith(begin))) continue;
    const pushed = await pushKernel(context, push, name);
    if (!pushed.ok) return pushed;
    const { tools, ...what } = pushed.value;
    told(what);
    if (!tools || marked.has(toolchainKey(tools))) continue;
    marked.add(toolchainKey(tools));
    const mark = await putMark(context, push, tools);
    if (!mark.ok) return mark;
  }
  return ok(undefined);
};

const pushKernel = async (
  context: Context,
  { remote, key: signer }: Push,
  key: Fingerprint,
): Promise<Result<Pushed & { readonly tools?: Toolchain | undefined }>> => {
  const home = kernelHome(context.cache, key);
  const record = (await isSoundThere(context, home)) ? await readRecord(home) : undefined;
  const whole = FILES.every((name) => existsSync(join(home, name)));
  const about = { key, release: record?.release ?? '', tools: record?.toolchain, bytes: 0 };
  if (!record || !whole || existsSync(join(home, 'gcov'))) return ok({ ...about, how: 'left' });
  const { signal } = context;
  const there = await remote.get({ name: kernelName(key), size: MANIFEST_MOST }, signal);
  if (there.kind === 'ended') return refused(remote, there.why);
  if (there.kind === 'there' && isOurs(there.bytes, signer, key))
    return ok({ ...about, how: 'there' });
  const packed = await pack(home);
  let bytes = 0;
  for (const one of packed) {
    const name = partName(one.part);
    if (await remote.has({ name, size: one.part.size }, signal)) continue;
    const wrong = await remote.put(name, one.bytes, signal);
    if (wrong !== undefined) return refused(remote, wrong);
    bytes += one.bytes.length;
  }
  const parts = packed.map(({ part }) => part);
  const manifest: KernelManifest = { kind: 'kernel', schema: 1, fingerprint: key, parts };
  const wrong = await remote.put(kernelName(key), signed(JSON.stringify(manifest), signer), signal);
  return wrong === undefined ? ok({ ...about, how: 'pushed', bytes }) : refused(remote, wrong);
};

const isOurs = (bytes: Buffer, signer: KeyObject, key: Fingerprint): boolean => {
  const text = openSigned(bytes, [publicKeyText(signer)]);
  return text.ok && typeof readManifest(text.value, key) === 'object';
};

const putMark = async (
  { signal }: Context,
  { remote, key }: Push,
  tools: Toolchain,
): Promise<Result<void>> => {
  const fingerprint = toolchainKey(tools);
  const mark: ToolchainMark = { kind: 'toolchain', schema: 1, fingerprint };
  const text = signed(JSON.stringify(mark), key);
  const wrong = await remote.put(toolchainName(fingerprint), text, signal);
  return wrong === undefined ? ok(undefined) : refused(remote, wrong);
};

const refused = ({ url }: RemoteStore, why = 'it does not answer'): Result<never> =>
  fail('environment', `cannot push to ${url}`, {
    code: 'upload-failed',
    detail: why,
    remedy: 'the server must take PUT there (WebDAV), and let nobody else write',
  });
