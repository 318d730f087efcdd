// SPDX-License-Identifier: MIT
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { isSound } from '../base/entry.ts';
import { digestDirectory, fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/git.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { atomicDirectory } from '../base/store.ts';
import { unpack } from '../source/import.ts';
import type { Source } from '../source/source.ts';
import { copyIncludes } from './includes.ts';
import { make } from './make.ts';
import { toolchain } from './toolchain.ts';

/** What the guest's programs and image are made with, where no kernel is built. */
export interface Kit {
  /** Holds include/ and gen_init_cpio, as the entry of a kernel does. */
  readonly directory: string;
  /** Digest over include/. */
  readonly headers: string;
}

const RECIPE = 1;

/** All that `make headers` reads, and what the kit itself is: a twentieth of the tree. */
const PARTS = [
  ...['Makefile', 'Kbuild', 'Kconfig', 'arch/x86', 'include', 'scripts', 'tools/include', 'usr'],
  ...['kselftest.h', 'kselftest_harness.h'].map((name) => `tools/testing/selftests/${name}`),
];

/** The kit of a source, from the store or made in seconds. Fails with `unbuildable` or `environment`. */
export const obtainKit = async (context: Context, source: Source): Promise<Result<Kit>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const { digest, flavour } = source;
  const key = fingerprint({ recipe: RECIPE, digest, flavour, cc: tools.value.cc });
  const home = join(context.cache, 'kits', key);
  return step(context, 'kernel', 'headers', async () => {
    const cached = await isSound(context, home);
    const made = await atomicDirectory(home, (scratch) => fill(context, source, scratch));
    if (!made.ok) return made;
    const headers = await readFile(join(home, 'headers'), 'utf8');
    const note = `of Linux ${source.version}`;
    return ok({ value: { directory: home, headers }, cached, note });
  });
};

const fill = async (context: Context, source: Source, scratch: string): Promise<Result<void>> => {
  const [tree, build] = [join(scratch, 'linux'), join(scratch, 'build')];
  const laid = await layOut(context, source, scratch, tree);
  if (!laid.ok) return laid;
  const log = join(scratch, 'log');
  const made = await make(context, { tree, build, log }, ['headers']);
  if (made.code !== 0) return broken('headers', made.tail);
  const program = join(scratch, 'gen_init_cpio');
  const argv = ['gcc', '-O2', '-o', program, join(tree, 'usr', 'gen_init_cpio.c')] as const;
  const compiled = await run({ argv: [...argv], signal: context.signal });
  if (compiled.code !== 0) return broken('gen_init_cpio', compiled.tail);
  await copyIncludes(tree, build, scratch);
  await writeFile(join(scratch, 'headers'), await digestDirectory(join(scratch, 'include')));
  for (const name of [tree, build, log]) await rm(name, { recursive: true, force: true });
  return ok(undefined);
};

const broken = (what: string, tail: readonly string[]) =>
  fail('unbuildable', `the pinned source does not give ${what}`, {
    detail: tail.slice(-10).join('\n'),
  });

const layOut = async (
  context: Context,
  { repository, commit }: Source,
  scratch: string,
  tree: string,
): Promise<Result<void>> => {
  const at = ['--git-dir', repository];
  const there = text(await git([...at, 'ls-tree', '--name-only', commit, '--', ...PARTS]));
  const archive = join(scratch, 'linux.tar');
  const parts = there.split('\n').filter((name) => name !== '');
  const options = ['--prefix=linux/', '-o', archive, commit, ...parts];
  const packed = await git([...at, 'archive', ...options], { signal: context.signal });
  if (packed.code !== 0) return broken('its files', packed.tail);
  await mkdir(tree);
  const unpacked = await unpack(context, archive, tree);
  await rm(archive, { force: true });
  return unpacked;
};
