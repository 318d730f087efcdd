// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import process from 'node:process';
import { $ } from 'zx';
import { ROOT, type Workbench } from './workbench.ts';

/** From empty caches to TAP, once: what a newcomer waits for. */
export const cold = async ({ figures, scratch }: Workbench): Promise<void> => {
  const env = {
    ...process.env,
    KBT_CACHE: join(scratch, 'cache'),
    CCACHE_DIR: join(scratch, 'ccache'),
  };
  const run = $({ cwd: ROOT, quiet: true, env });
  await figures.seconds('empty caches, until TAP', () => run`npm run -s boot-test`, {
    goal: 600,
    runs: 1,
  });
};
