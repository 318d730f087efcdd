// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from '../kernel-log/frames.ts';
import type { Kernel } from './kernel.ts';

/** Where code lies: in a section, for a file that is linked to no address yet. */
export interface Place {
  readonly file: string;
  readonly section: string | undefined;
  readonly address: bigint;
  /** Where the files are that it was compiled of; undefined where that is the kernel's source. */
  readonly directory?: string | undefined;
}

export interface Symbol {
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

/** A function, and how far behind its begin an address lies. */
export interface Inside {
  readonly name: string;
  readonly offset: bigint;
}

/** Finds the function that an address lies in; undefined where it is none of the kernel's. */
export const functionAt = async (
  kernel: Kernel,
): Promise<(address: bigint) => Inside | undefined> => {
  const all = [...(await symbolsOf(kernel))]
    .flatMap(([name, places]) => places.map(({ address }) => ({ name, address })))
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return (address) => {
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.address ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const found = all[low - 1];
    // What lies far behind the last function is user space's, or firmware's.
    if (!found || address - found.address > FARTHEST) return undefined;
    return { name: found.name, offset: address - found.address };
  };
};

/** The function that an address lies in: `default_idle+0x13`; the bare address where it is none of the kernel's. */
export const nameOf = async (kernel: Kernel, address: bigint): Promise<string> => {
  const inside = (await functionAt(kernel))(address);
  return inside ? `${inside.name}+0x${inside.offset.toString(16)}` : `0x${address.toString(16)}`;
};

/** No function is longer, in bytes. */
const FARTHEST = 0x10000n;

/** Where a symbol of any kind is, by name; undefined where this kernel has none of that name. */
export const addressOf = async (kernel: Kernel, name: string): Promise<bigint | undefined> => {
  const map = await readFile(join(kernel.directory, 'System.map'), 'utf8');
  const found = new RegExp(`^([0-9a-f]+) \\w ${name}$`, 'm').exec(map)?.[1];
  return found === undefined ? undefined : BigInt(`0x${found}`);
};
