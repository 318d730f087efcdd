// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { tool } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import type { Frame } from '../kernel-log/frames.ts';
import { ownerAt } from '../series/owners.ts';
import type { Kernel } from './kernel.ts';
import { placesInModule } from './modules/module-symbols.ts';
import { addressesOf, symbolsOf, type Place } from './symbols.ts';

/** A line of the tree that a frame stands for. */
export interface SourceLine {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** The patch that owns the line; undefined when it is the source's own. */
  readonly patch: string | undefined;
}

/** A frame and its source lines: the function inlined deepest comes first. */
export interface Located {
  readonly frame: Frame;
  /** More than one chain where functions share a name; none where it cannot be told. */
  readonly chains: readonly (readonly SourceLine[])[];
}

/** Finds the lines of frames by the debug information of the kernel and of modules, inlined functions included. */
export const locate = async (
  context: Context,
  kernel: Kernel,
  frames: readonly Frame[],
): Promise<readonly Located[]> => {
  const symbols = await symbolsOf(kernel);
  const vmlinux = { file: join(kernel.directory, 'vmlinux'), section: undefined };
  const all = frames.map(async (frame): Promise<readonly Place[]> => {
    if (frame.module === undefined)
      return addressesOf(symbols, frame).map((address) => ({ ...vmlinux, address }));
    const module = kernel.modules?.loadable.get(frame.module);
    return module ? placesInModule(context, module, frame) : [];
  });
  const places = await Promise.all(all);
  const chains = new Map<string, readonly SourceLine[]>();
  for (const one of placesByFile(places.flat())) {
    const found = await chainsOf(context, kernel, one);
    for (const [address, chain] of found) chains.set(keyOf({ ...one, address }), chain);
  }
  return frames.map((frame, index) => ({
    frame,
    chains: (places[index] ?? []).flatMap((place) => {
      const chain = chains.get(keyOf(place));
      return chain ? [chain] : [];
    }),
  }));
};

const keyOf = ({ file, section, address }: Place): string =>
  [file, section ?? '', address.toString(16)].join(' ');

/** Places of one section of one file. */
interface Places extends Omit<Place, 'address'> {
  readonly addresses: readonly bigint[];
}

const placesByFile = (places: readonly Place[]): readonly Places[] => {
  const groups = new Map<string, Omit<Places, 'addresses'> & { readonly addresses: Set<bigint> }>();
  for (const { address, ...one } of places) {
    const key = [one.file, one.section].join(' ');
    const group = groups.get(key) ?? { ...one, addresses: new Set() };
    groups.set(key, group);
    group.addresses.add(address);
  }
  return [...groups.values()].map((group) => ({ ...group, addresses: [...group.addresses] }));
};

/** By addr2line -a: of each address its number, then a pair of lines for each function. */
const chainsOf = async (
  context: Context,
  kernel: Kernel,
  { file: elf, section, addresses, directory }: Places,
): Promise<ReadonlyMap<bigint, readonly SourceLine[]>> => {
  const chains = new Map<bigint, SourceLine[]>();
  const hex = addresses.map((address) => `0x${address.toString(16)}`);
  const within = section === undefined ? [] : ['-j', section];
  const ended = await run({
    argv: [tool('addr2line'), ...within, '-a', '-f', '-i', '-e', elf, ...hex],
    capture: true,
    signal: context.signal,
  });
  if (ended.code !== 0) return chains;
  let open: SourceLine[] = [];
  let name: string | undefined;
  for (const line of ended.stdout.toString().split('\n')) {
    if (/^0x[0-9a-f]+$/.test(line)) chains.set(BigInt(line), (open = []));
    else if (name === undefined) name = line;
    else {
      const [, path = '??', number = '0'] = /^(.*?):(\d+|\?)/.exec(line) ?? [];
      const own = directory === undefined ? undefined : join(directory, path);
      const file = own !== undefined && existsSync(own) ? own : posix.normalize(path);
      const at = Number(number) || 0;
      open.push({ function: name, file, line: at, patch: ownerAt(kernel.owners, file, at) });
      name = undefined;
    }
    if (/^0x[0-9a-f]+$/.test(line)) name = undefined;
  }
  return chains;
};
