// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../base/context.ts';
import { repositoryRoot } from './session.ts';

export const cleanCommand = async (): Promise<number> => {
  for (const directory of [cacheDirectory(process.env), join(repositoryRoot(), 'results')]) {
    await rm(directory, { recursive: true, force: true });
    process.stderr.write(`removed ${directory}\n`);
  }
  return 0;
};
