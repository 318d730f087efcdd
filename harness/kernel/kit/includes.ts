// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What guest programs are compiled against, from a build directory and its tree, as `include/`. */
export const copyIncludes = async (tree: string, build: string, to: string): Promise<void> => {
  await copyHeaders(join(build, 'usr', 'include'), join(to, 'include', 'headers'));
  const selftests = join(tree, 'tools', 'testing', 'selftests');
  await mkdir(join(to, 'include', 'kselftest'));
  for (const name of ['kselftest.h', 'kselftest_harness.h'])
    if (existsSync(join(selftests, name)))
      await copyFile(join(selftests, name), join(to, 'include', 'kselftest', name));
};

/** The headers alone: make leaves its own files between them. */
const copyHeaders = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from))
    await cp(join(from, name), join(to, name), {
      recursive: true,
      filter: (path) => !/\/(\.[^/]*|Makefile)$/.test(path),
    });
};
