// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Context } from '../base/context.ts';
import { run } from '../base/process.ts';
import type { Frame } from '../kernel-log/frames.ts';
import type { Kernel } from './kernel.ts';

/** Addresses of text symbols by name; static functions may share one. */
const addressesOf = async (kernel: Kernel): Promise<ReadonlyMap<string, readonly bigint[]>> => {
  const addresses = new Map<string, bigint[]>();
  const map = await readFile(join(kernel.directory, 'System.map'), 'utf8');
  for (const [, address = '', name = ''] of map.matchAll(/^([0-9a-f]+) [tTwW] (\S+)$/gm)) {
    const known = addresses.get(name);
    if (known) known.push(BigInt(`0x${address}`));
    else addresses.set(name, [BigInt(`0x${address}`)]);
  }
  return addresses;
};

/**
 * The files of the tree that frames lie in, those of inlined functions
 * included. Of a name that several functions share, the files of all. undefined
 * when that cannot be told of each of them.
 */
export const filesOfFrames = async (
  context: Context,
  kernel: Kernel,
  frames: readonly Frame[],
): Promise<ReadonlySet<string> | undefined> => {
  const addresses = await addressesOf(kernel);
  const wanted = frames.flatMap(({ symbol, offset }) =>
    // What is on a stack is where a call returns to, which may be the next line.
    (addresses.get(symbol) ?? []).map((at) => `0x${(at + BigInt(offset) - 1n).toString(16)}`),
  );
  if (wanted.length === 0 || frames.some(({ symbol }) => !addresses.has(symbol))) return undefined;
  const ended = await run({
    argv: ['addr2line', '-i', '-e', join(kernel.directory, 'vmlinux'), ...wanted],
    capture: true,
    signal: context.signal,
  });
  if (ended.code !== 0) return undefined;
  const lines = ended.stdout.toString().split('\n');
  return new Set(
    lines.map((line) => posix.normalize(line.replace(/:[^:]*$/, ''))).filter((f) => f !== '.'),
  );
};

/** The function that an address lies in: `default_idle+0x13`; the bare address where it is none of the kernel's. */
export const nameOf = async (kernel: Kernel, address: bigint): Promise<string> => {
  let best: { readonly name: string; readonly at: bigint } | undefined;
  for (const [name, all] of await addressesOf(kernel))
    for (const at of all) if (at <= address && (!best || at > best.at)) best = { name, at };
  const bare = `0x${address.toString(16)}`;
  // What lies far behind the last function is user space's, or firmware's.
  if (!best || address - best.at > FARTHEST) return bare;
  return `${best.name}+0x${(address - best.at).toString(16)}`;
};

/** No function is longer, in bytes. */
const FARTHEST = 0x10000n;
