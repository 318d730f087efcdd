// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { git } from '../base/process/git.ts';
import { ok, type Result } from '../base/result.ts';
import { roomFor } from '../base/cache/room.ts';

/**
 * Room for a new checkout of a commit: git adds the sizes of its files up in a second, where
 * a checkout takes many. What git cannot tell is left to the checkout itself.
 */
export const roomForCheckout = async (
  { signal }: Context,
  repository: string,
  commit: string,
  directory: string,
): Promise<Result<void>> => {
  const listed = await git(['--git-dir', repository, 'ls-tree', '-r', '-l', commit], { signal });
  if (listed.code !== 0) return ok(undefined);
  const sizes = listed.stdout.toString().matchAll(/^\d+ blob [0-9a-f]+ +(\d+)\t/gm);
  const files = [...sizes].reduce((sum, [, size]) => sum + Number(size), 0);
  return roomFor('a checkout of the source', directory, { files });
};
