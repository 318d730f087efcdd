// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { isSound, isSoundThere, throwAway } from '../base/cache/entry.ts';
import type { Fingerprint } from '../base/fingerprint.ts';
import { ok, type Result } from '../base/result.ts';
import type { Kernel } from './kernel.ts';
import { readRecord, RECORD } from './kernel-record.ts';
import type { Toolchain } from './make/toolchain.ts';
import { fetchKernel } from './remote/fetch-kernel.ts';

/** Where the entry of a kernel lies in a cache. */
export const kernelHome = (cache: string, key: Fingerprint): string => join(cache, 'kernels', key);

/** The kernel in a directory; undefined where that does not say what it is. */
export const readKernel = async (home: string, key: Fingerprint): Promise<Kernel | undefined> => {
  const record = await readRecord(home);
  return record && { ...record, fingerprint: key, directory: home };
};

/**
 * A kernel that was built before: of the own cache, of another user's that is shared, or of
 * a remote store, which goes into the own cache. undefined where none has it. Fails with
 * `environment` where the own cache takes none.
 */
export const storedKernel = async (
  context: Context,
  key: Fingerprint,
  tools: Toolchain,
): Promise<Result<Kernel | undefined>> => {
  let stored = (await load(context, key)) ?? (await loadShared(context, key));
  if (!stored) {
    const home = kernelHome(context.cache, key);
    const fetched = await fetchKernel(context, { key, tools, home });
    if (!fetched.ok) return fetched;
    stored = fetched.value ? await load(context, key) : undefined;
  }
  if (!stored) return ok(undefined);
  const note = `nothing to build (${key.slice(0, 12)})`;
  return step(context, 'kernel', 'kernel', () =>
    Promise.resolve(ok({ value: stored, cached: true, note })),
  );
};

/** The kernel in the own cache; undefined where there is none, or only a damaged one. */
export const load = async (context: Context, key: Fingerprint): Promise<Kernel | undefined> => {
  const home = kernelHome(context.cache, key);
  if (!(await isSound(context, home))) return undefined;
  const kernel = await readKernel(home, key);
  if (!kernel) await throwAway(context, home, `${RECORD} cannot be read`);
  return kernel;
};

/** The kernel that another user has, whose cache is shared with this one. */
const loadShared = async (context: Context, key: Fingerprint): Promise<Kernel | undefined> => {
  const home = context.shared && kernelHome(context.shared, key);
  if (home === undefined || !(await isSoundThere(context, home))) return undefined;
  return readKernel(home, key);
};
