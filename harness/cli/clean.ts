// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../base/context.ts';
import { repositoryRoot } from './session.ts';

export const cleanCommand = async (): Promise<number> => {
  const cache = cacheDirectory(process.env);
  // By name: KBT_CACHE may point at a directory that holds other things too.
  const ours = [
    ...['source', 'trees', 'kernels', 'kits', 'images', 'programs', 'snapshots'],
    ...['downloads', 'ccache'],
  ];
  const directories = [...ours.map((name) => join(cache, name)), join(repositoryRoot(), 'results')];
  for (const directory of directories.filter((name) => existsSync(name))) {
    await rm(directory, { recursive: true, force: true });
    process.stderr.write(`removed ${directory}\n`);
  }
  return 0;
};
