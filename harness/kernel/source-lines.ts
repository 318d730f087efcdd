// SPDX-License-Identifier: MIT
import { join, posix } from 'node:path';
import { tool } from '../arch/host.ts';
import type { Context } from '../base/context.ts';
import { run } from '../base/process/process.ts';
import type { Frame } from '../kernel-log/frames.ts';
import { ownerAt } from '../series/owners.ts';
import type { Kernel } from './kernel.ts';
import { addressesOf, symbolsOf } from './symbols.ts';

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

/** Finds the lines of frames by the kernel's debug information, inlined functions included. */
export const locate = async (
  context: Context,
  kernel: Kernel,
  frames: readonly Frame[],
): Promise<readonly Located[]> => {
  const symbols = await symbolsOf(kernel);
  const addresses = frames.map((frame) => addressesOf(symbols, frame));
  const asked = [...new Set(addresses.flat())];
  const chains = await chainsOf(context, kernel, asked);
  return frames.map((frame, index) => ({
    frame,
    chains: (addresses[index] ?? []).flatMap((address) => {
      const chain = chains.get(address);
      return chain ? [chain] : [];
    }),
  }));
};

/** By addr2line -a: of each address its number, then a pair of lines for each function. */
const chainsOf = async (
  context: Context,
  kernel: Kernel,
  addresses: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly SourceLine[]>> => {
  const chains = new Map<bigint, SourceLine[]>();
  if (addresses.length === 0) return chains;
  const hex = addresses.map((address) => `0x${address.toString(16)}`);
  const ended = await run({
    argv: [tool('addr2line'), '-a', '-f', '-i', '-e', join(kernel.directory, 'vmlinux'), ...hex],
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
      const file = posix.normalize(path);
      const at = Number(number) || 0;
      open.push({ function: name, file, line: at, patch: ownerAt(kernel.owners, file, at) });
      name = undefined;
    }
    if (/^0x[0-9a-f]+$/.test(line)) name = undefined;
  }
  return chains;
};
