// SPDX-License-Identifier: MIT
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { scratchIn } from '../../base/cache/scratch.ts';
import { offered } from './debian.ts';
import { download } from './download.ts';
import { mirror } from './kernel-org.ts';
import { upstreamOf, type Pin } from '../pin.ts';

/** Asked once a process: all cells of a matrix mean the same one. */
const asked = new Map<string, Promise<Result<Pin>>>();

/**
 * The pin moved to the newest release of its line that kernel.org lists or Debian offers,
 * the pin itself where nothing newer is. Of kernel.org's the digest is known, too. Fails with
 * `environment` where neither answers.
 */
export const newestPin = (context: Context, pin: Pin): Promise<Result<Pin>> => {
  const key = `${context.cache} ${pin.version}`;
  const answer = asked.get(key) ?? ask(context, pin);
  asked.set(key, answer);
  return answer;
};

const ask = async (context: Context, pin: Pin): Promise<Result<Pin>> => {
  const listed = await listedAtKernelOrg(context);
  const debian = (await offered(context, pin.debian.package)).map(upstreamOf);
  // Nothing newer may be said to be there only where somebody was asked.
  if (listed === undefined && debian.length === 0)
    return fail('environment', 'nobody says what the newest 6.12.y is', {
      code: 'source-unavailable',
      detail: 'kernel.org does not answer, and apt offers no source',
      remedy: 'name a mirror by KBT_KERNEL_MIRROR, or do without the newest',
    });
  const line = pin.version.replace(/\d+$/, '');
  const number = (version: string): number => Number(version.slice(line.length));
  const known = [pin.version, ...(listed?.keys() ?? []), ...debian].filter(
    (version) => version.startsWith(line) && /^\d+$/.test(version.slice(line.length)),
  );
  const best = known.reduce((a, b) => (number(b) > number(a) ? b : a));
  if (best === pin.version) return ok(pin);
  return ok({
    version: best,
    'kernel.org': { flavour: 'vanilla', sha256: listed?.get(best) ?? null },
    debian: { ...pin.debian, versions: {} },
  });
};

/** By version its digest, as the signed list beside the tarballs has it; undefined where nobody answers. */
const listedAtKernelOrg = async (
  context: Context,
): Promise<ReadonlyMap<string, string> | undefined> => {
  const scratch = await scratchIn(join(context.cache, 'downloads'));
  try {
    const url = `${mirror(context)}/v6.x/sha256sums.asc`;
    const got = await download(context, url, join(scratch, 'sums'));
    if (!got.ok) return undefined;
    const text = await readFile(got.value, 'utf8');
    const lines = text.matchAll(/^([0-9a-f]{64}) {2}linux-([\d.]+)\.tar\.xz$/gm);
    return new Map([...lines].map(([, sum = '', version = '']) => [version, sum]));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
