// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const number = (name: string, value: number): string =>
  `// SPDX-License-Identifier: GPL-2.0-only\nint ${name}(void);\n\nint ${name}(void)\n{\n\treturn ${value};\n}\n`;

/** A tree of three files, and a way to build it with the patches of one or two. */
const builder = async (fake: Fake) => {
  await writeFile(join(fake.tree, 'kernel', 'three.c'), number('three', 3));
  const all = await fake.series([
    { 'kernel/one.c': number('one', 11) },
    { 'kernel/two.c': number('two', 22) },
  ]);
  /** A digest of the kernel, and the files that a make compiled for it. */
  return async (
    cache: string,
    name: string,
    patches: readonly number[],
    more: Readonly<Record<string, string>> = {},
  ) => {
    const directory = join(fake.directory, 'named', name);
    await cp(all, directory, { recursive: true, force: true });
    const names = patches.map((patch) => `000${patch}-edit-${patch}.patch\n`);
    await writeFile(join(directory, 'series'), names.join(''));
    const json = join(fake.directory, 'told.json');
    const args = [...fake.args, '--series-dir', directory, '--json', json, '--verbose'];
    const ran = await kbt(args, { ...fake.env, KBT_CACHE: cache, ...more });
    expect(ran.code, ran.stderr).toBe(1);
    const told = JSON.parse(await readFile(json, 'utf8')) as { kernel: { fingerprint: string } };
    const image = await readFile(join(cache, 'kernels', told.kernel.fingerprint, 'bzImage'));
    const compiled = [...ran.stderr.matchAll(/ CC +kernel\/(\w+)\.o/g)].map(([, file]) => file);
    return { image: createHash('sha256').update(image).digest('hex'), compiled };
  };
};

test('the build of a series begins with what that of another one compiled, and nothing else', async ({
  fake,
}) => {
  const build = await builder(fake);
  const [used, fresh] = [join(fake.directory, 'used'), join(fake.directory, 'fresh')];
  const first = await build(used, 'first', [1]);
  expect(first.compiled.toSorted()).toEqual(['one', 'three', 'two']);
  // Of the first series' file nothing may stay, nor of one that this series changes.
  const second = await build(used, 'second', [2]);
  expect(second.compiled.toSorted()).toEqual(['one', 'two']);
  expect(second.image).toBe((await build(fresh, 'second', [2])).image);
  expect(second.image).not.toBe(first.image);
});

test('a checkout that is laid out anew keeps no object of the one before', async ({ fake }) => {
  const build = await builder(fake);
  const [used, fresh] = [join(fake.directory, 'used'), join(fake.directory, 'fresh')];
  await build(used, 'edited', [1]);
  const trees = join(used, 'trees');
  for (const home of await readdir(trees))
    await rm(join(trees, home, 'linux', '.git'), { force: true });
  const again = await build(used, 'edited', [2]);
  expect(again.image).toBe((await build(fresh, 'edited', [2])).image);
});

test('no object of another compiler is taken, though that says of itself the same', async ({
  fake,
}) => {
  await writeFile(
    join(fake.tree, 'kernel', 'value.c'),
    'int value(void);\n\nint value(void)\n{\n\treturn VALUE;\n}\n',
  );
  const build = await builder(fake);
  /** The environment with a gcc of the same length and version that defines another value. */
  const by = async (value: number) => {
    const bin = join(fake.directory, `gcc-${value}`);
    await mkdir(bin, { recursive: true });
    const text = `#!/bin/sh\nexec /usr/bin/gcc -DVALUE=${value} "$@"\n`;
    await writeFile(join(bin, 'gcc'), text, { mode: 0o755 });
    return { PATH: `${bin}:${fake.env['PATH'] ?? ''}` };
  };
  const cache = join(fake.directory, 'used');
  const first = await build(cache, 'first', [1], await by(11));
  // The same series: its kernel, build directory and objects are there, and are another compiler's.
  const other = await build(cache, 'first', [1], await by(22));
  expect(other.image).not.toBe(first.image);
  const fresh = await build(join(fake.directory, 'fresh'), 'first', [1], await by(22));
  expect(other.image).toBe(fresh.image);
  expect((await build(cache, 'second', [1], await by(11))).image).toBe(first.image);
});
