// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import { step, type Context } from '../../base/context.ts';
import { isSound } from '../../base/cache/entry.ts';
import { linkDirectory } from '../../base/cache/link.ts';
import { digestDirectory, fingerprint } from '../../base/fingerprint.ts';
import { withLock } from '../../base/cache/lock.ts';
import { ok, type Result } from '../../base/result.ts';
import { markUsed } from '../../base/cache/runs.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import { WRITTEN_FOR } from '../../kconfig/fit-base.ts';
import type { Source } from '../../source/source.ts';
import { copyIncludes } from './includes.ts';
import { broken, layOut, lineOf, partsOf, type Patched } from './parts.ts';
import { make } from '../make/make.ts';
import { toolchain } from '../make/toolchain.ts';

/** What the guest's programs are compiled against: it needs a source, and no kernel. */
export interface Kit {
  /** Holds include/, which the entry of a kernel holds as well. */
  readonly directory: string;
  /** Digest over include/. */
  readonly headers: string;
}

const RECIPE = 2;

/** What `make headers` of Linux 6.12 reads, and what the kit itself is: 1,500 files. */
const PARTS = [
  ...['Makefile', 'scripts', 'include/uapi', 'include/asm-generic/Kbuild', 'tools/include/tools'],
  ...[...ARCH.kernel.headers, 'usr/include'],
  ...['kselftest.h', 'kselftest_harness.h'].map((name) => `tools/testing/selftests/${name}`),
];

/** The same for other versions, which may read more. */
const PARTS_OF_OTHERS = [
  ...PARTS,
  ...['Kbuild', 'Kconfig', `arch/${ARCH.kernel.directory}`, 'include', 'tools/include'],
];

/**
 * The kit of a source with patches, from the store or made in seconds; patches that change
 * nothing of what it is made of have the same. Fails with `unbuildable` or `environment`.
 */
export const obtainKit = async (
  context: Context,
  source: Source,
  patched: Patched = source,
): Promise<Result<Kit>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  return step(context, 'headers', 'headers', async () => {
    const placed = await placeOf(context, source, patched, tools.value.cc);
    if (!placed.ok) return placed;
    const { home, parts } = placed.value;
    const cached = await isSound(context, home);
    const made = cached ? ok(home) : await makeKit(context, source, parts, home);
    if (!made.ok) return made;
    const note = `of Linux ${source.version}`;
    return ok({ value: await readKit(home), cached, note });
  });
};

/** The kit where the store has it; undefined where it has to be made. Fails as {@link obtainKit} does. */
export const findKit = async (
  context: Context,
  source: Source,
  patched: Patched,
): Promise<Result<Kit | undefined>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const placed = await placeOf(context, source, patched, tools.value.cc);
  if (!placed.ok) return placed;
  const { home } = placed.value;
  return ok(existsSync(home) ? await readKit(home) : undefined);
};

const readKit = async (home: string): Promise<Kit> => ({
  directory: home,
  headers: await readFile(join(home, 'headers'), 'utf8'),
});

/** Where the kit of a source with patches lies, and the git tree of what it is made of. */
const placeOf = async (
  context: Context,
  source: Source,
  patched: Patched,
  cc: string,
): Promise<Result<{ readonly home: string; readonly parts: string }>> => {
  const names = WRITTEN_FOR.test(source.version) ? PARTS : PARTS_OF_OTHERS;
  const parts = await partsOf(context, patched, names);
  if (!parts.ok) return parts;
  const made = { recipe: RECIPE, architecture: ARCH.name, parts: parts.value, cc };
  return ok({ home: join(context.cache, 'kits', fingerprint(made)), parts: parts.value });
};

/**
 * Makes a kit where the last one of this line was made: git writes only the files that
 * differ, and make exports only their headers.
 */
const makeKit = (
  context: Context,
  source: Source,
  parts: string,
  home: string,
): Promise<Result<string>> => {
  const shop = join(context.cache, 'kits', `make-${lineOf(source)}`);
  return withLock(context, join(shop, 'lock'), async () => {
    await markUsed(shop);
    const build = join(shop, 'build');
    const broke = join(shop, 'making');
    // A header that a killed make has half written is newer than what it is made of.
    if (existsSync(broke)) await rm(build, { recursive: true, force: true });
    const laid = await layOut(context, source.repository, parts, shop);
    if (!laid.ok) return laid;
    const tree = laid.value;
    await writeFile(broke, '');
    const made = await make(context, { tree, build, log: join(shop, 'log') }, ['headers']);
    if (made.code !== 0) return broken('headers', made.tail);
    await rm(broke);
    return atomicDirectory(home, (scratch) => fill(tree, build, scratch));
  });
};

const fill = async (tree: string, build: string, scratch: string): Promise<Result<void>> => {
  await copyIncludes(tree, build, scratch);
  await writeFile(join(scratch, 'headers'), await digestDirectory(join(scratch, 'include')));
  return ok(undefined);
};

/** Links the files of a kit, which nobody writes to, into the entry of a kernel. */
export const linkKit = ({ directory }: Kit, to: string): Promise<Result<void>> =>
  linkDirectory(join(directory, 'include'), join(to, 'include'));
