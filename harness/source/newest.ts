// SPDX-License-Identifier: MIT
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { scratchIn } from '../base/scratch.ts';
import { offered, upstreamOf } from './debian.ts';
import { download } from './download.ts';
import { mirror } from './kernel-org.ts';
import type { Pin } from './pin.ts';

/** Asked once a process: all cells of a matrix mean the same one. */
const asked = new Map<string, Promise<Pin>>();

/**
 * The pin moved to the newest release of its line that kernel.org lists or Debian offers,
 * the pin itself where nothing newer is known. Of kernel.org's the digest is known, too.
 */
export const newestPin = (context: Context, pin: Pin): Promise<Pin> => {
  const key = `${context.cache} ${pin.version}`;
  const answer = asked.get(key) ?? ask(context, pin);
  asked.set(key, answer);
  return answer;
};

const ask = async (context: Context, pin: Pin): Promise<Pin> => {
  const listed = await listedAtKernelOrg(context);
  const debian = (await offered(context, pin.debian.package)).map(upstreamOf);
  const line = pin.version.replace(/\d+$/, '');
  const number = (version: string): number => Number(version.slice(line.length));
  const known = [pin.version, ...listed.keys(), ...debian].filter(
    (version) => version.startsWith(line) && /^\d+$/.test(version.slice(line.length)),
  );
  const best = known.reduce((a, b) => (number(b) > number(a) ? b : a));
  if (best === pin.version) return pin;
  return {
    version: best,
    'kernel.org': { flavour: 'vanilla', sha256: listed.get(best) ?? null },
    debian: { ...pin.debian, versions: {} },
  };
};

/** By version its digest, as the signed list beside the tarballs has it; empty where nobody answers. */
const listedAtKernelOrg = async (context: Context): Promise<ReadonlyMap<string, string>> => {
  const scratch = await scratchIn(join(context.cache, 'downloads'));
  try {
    const url = `${mirror()}/v6.x/sha256sums.asc`;
    const got = await download(context, url, join(scratch, 'sums'));
    const text = got.ok ? await readFile(got.value, 'utf8') : '';
    const lines = text.matchAll(/^([0-9a-f]{64}) {2}linux-([\d.]+)\.tar\.xz$/gm);
    return new Map([...lines].map(([, sum = '', version = '']) => [version, sum]));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
