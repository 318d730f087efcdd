// SPDX-License-Identifier: MIT
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import type { Frame } from '../../kernel-log/frames.ts';
import { addressesOf, type Place } from '../symbols.ts';
import type { Loadable } from './loadable.ts';

/** `nm -f sysv`: name, value, class, type, size, line, section. */
const FUNCTION = /^(\S+) *\|([0-9a-f]+)\| *[tTwW] *\| *FUNC\|([0-9a-f]+)\| *\|(\S+)$/gm;

/** The places in a module's file that a frame may stand for; see addressesOf(). */
export const placesInModule = async (
  { signal }: Pick<Context, 'signal'>,
  { symbols: file, directory }: Loadable,
  frame: Frame,
): Promise<readonly Place[]> => {
  const argv = [tool('nm'), '-f', 'sysv', file] as const;
  const ended = await run({ argv, capture: true, signal });
  const places: Place[] = [];
  for (const [, name, value = '0', size = '0', section] of ended.stdout
    .toString()
    .matchAll(FUNCTION)) {
    if (name !== frame.symbol) continue;
    const symbol = { address: BigInt(`0x${value}`), room: BigInt(`0x${size}`) };
    for (const address of addressesOf(new Map([[name, [symbol]]]), frame))
      places.push({ file, section, address, directory });
  }
  return places;
};
