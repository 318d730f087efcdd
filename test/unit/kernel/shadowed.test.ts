// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeShadowed } from '../../../harness/kernel/make/shadowed.ts';

/** What kbuild writes beside an object of the kernel, and beside one of a tool for the host. */
const KERNEL = (
  tree: string,
) => `savedcmd_fs/file.o := gcc -I${tree}/include -I./include/generated \\
 -I${tree}/include/uapi -c -o fs/file.o ${tree}/fs/file.c

source_fs/file.o := ../linux/fs/file.c

deps_fs/file.o := \\
    $(wildcard include/config/X) \\
  ../linux/include/linux/fs.h \\
  ../linux/include/uapi/linux/close_range.h \\
  ../linux/fs/internal.h \\
`;
const TOOL = (tree: string) => `cmd_tools/x.o := gcc -I${tree}/tools/include -c -o tools/x.o x.c

deps_tools/x.o := \\
  /usr/include/unistd.h \\
  /usr/include/linux/close_range.h \\
`;

test.for([
  ['include/linux/close_range.h', ['fs/file.o']],
  ['include/linux/new.h', []],
  ['fs/internal.h', []],
  ['drivers/x/internal.h', []],
  ['arch/x86/include/linux/close_range.h', []],
  ['tools/include/linux/close_range.h', ['tools/x.o']],
] as const)('%s takes away what it could have been found by', async ([header, gone]) => {
  const home = await mkdtemp(join(tmpdir(), 'kbt-shadowed-'));
  const [tree, build] = [join(home, 'linux'), join(home, 'build')];
  try {
    for (const [object, text] of [
      ['fs/file.o', KERNEL(tree)],
      ['tools/x.o', TOOL(tree)],
    ] as const) {
      const directory = join(build, dirname(object));
      await mkdir(directory, { recursive: true });
      await writeFile(join(build, object), '');
      await writeFile(join(build, object.replace(/([^/]+)$/, '.$1.cmd')), text);
    }
    const remove = (since: number, asking: readonly string[] = []) =>
      removeShadowed({ directory: tree }, build, {
        ...{ headers: [header], asking: new Set(asking), since },
      });
    const removed = await remove(0);
    expect(['fs/file.o', 'tools/x.o'].filter((name) => !existsSync(join(build, name)))).toEqual(
      gone,
    );
    expect(removed).toBe(gone.length);
    expect(await remove(Date.now() + 1e6)).toBe(0);
    // What asks whether there is a header may have been told of any.
    await remove(0, ['fs/internal.h']);
    expect(existsSync(join(build, 'fs/file.o'))).toBe(false);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
