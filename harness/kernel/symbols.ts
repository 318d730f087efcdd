// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from '../kernel-log/frames.ts';
import type { Kernel } from './kernel.ts';

interface Symbol {
  readonly address: bigint;
  /** To the next symbol, in bytes: the function and what pads it. */
  readonly room: bigint;
}

/** Text symbols by name; static functions may share one. */
export const symbolsOf = async (
  kernel: Kernel,
): Promise<ReadonlyMap<string, readonly Symbol[]>> => {
  const map = await readFile(join(kernel.directory, 'System.map'), 'utf8');
  const all = [...map.matchAll(/^([0-9a-f]+) [tTwW] (\S+)$/gm)].map(([, address = '0', name]) => ({
    address: BigInt(`0x${address}`),
    name: name ?? '',
  }));
  const symbols = new Map<string, Symbol[]>();
  for (const [index, { address, name }] of all.entries()) {
    // Several names may stand at one address.
    const next = all.slice(index + 1, index + 32).find((other) => other.address > address);
    const symbol = { address, room: (next?.address ?? address) - address };
    const known = symbols.get(name);
    if (known) known.push(symbol);
    else symbols.set(name, [symbol]);
  }
  return symbols;
};

/**
 * The addresses that a frame may stand for: of functions of one name those that
 * have room for its size. What is on a stack is where a call returns to, which may
 * be the next line; so it is one byte less, but not of an instruction pointer.
 */
export const addressesOf = (
  symbols: ReadonlyMap<string, readonly Symbol[]>,
  { symbol, offset, size, exact }: Frame,
): readonly bigint[] => {
  const named = symbols.get(symbol) ?? [];
  const roomy = named.filter(({ room }) => room >= BigInt(size));
  const back = exact || offset === 0 ? 0n : 1n;
  return (roomy.length > 0 ? roomy : named).map(({ address }) => address + BigInt(offset) - back);
};

/** The function that an address lies in: `default_idle+0x13`; the bare address where it is none of the kernel's. */
export const nameOf = async (kernel: Kernel, address: bigint): Promise<string> => {
  let best: { readonly name: string; readonly at: bigint } | undefined;
  for (const [name, all] of await symbolsOf(kernel))
    for (const { address: at } of all)
      if (at <= address && (!best || at > best.at)) best = { name, at };
  const bare = `0x${address.toString(16)}`;
  // What lies far behind the last function is user space's, or firmware's.
  if (!best || address - best.at > FARTHEST) return bare;
  return `${best.name}+0x${(address - best.at).toString(16)}`;
};

/** No function is longer, in bytes. */
const FARTHEST = 0x10000n;
