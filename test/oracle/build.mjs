// SPDX-License-Identifier: MIT
// The engine of Llamux, compiled in user space: from the files that its patches add, no kernel needed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SERIES = join(import.meta.dirname, '..', '..', 'kernel-patches', 'llamux');
const OWN = ['kernel/llamux/*', 'tools/testing/llamux/*'].map((path) => `--include=${path}`);

/** Makes programs of tools/testing/llamux in a directory; gives where they are. */
export const buildEngine = (directory, ...programs) => {
  mkdirSync(directory, { recursive: true });
  const options = { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('git', ['init', '-q'], options);
  const names = readFileSync(join(SERIES, 'series'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('.patch'));
  for (const name of names) execFileSync('git', ['apply', ...OWN, join(SERIES, name)], options);
  const home = join(directory, 'tools', 'testing', 'llamux');
  execFileSync('make', ['-s', '-C', home, ...programs], options);
  return home;
};
