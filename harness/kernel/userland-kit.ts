// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../arch/host.ts';
import { step, type Context } from '../base/context.ts';
import { isSound } from '../base/cache/entry.ts';
import { linkDirectory } from '../base/cache/link.ts';
import { digestDirectory, fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/process/git.ts';
import { withLock } from '../base/cache/lock.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { markUsed } from '../base/cache/runs.ts';
import { temporary } from '../base/cache/scratch.ts';
import { atomicDirectory } from '../base/cache/store.ts';
import { WRITTEN_FOR } from '../kconfig/fit-base.ts';
import { writing } from '../source/tree/alternates.ts';
import type { Source } from '../source/source.ts';
import { copyIncludes } from './includes.ts';
import { make } from './make/make.ts';
import { toolchain } from './make/toolchain.ts';

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

/** A commit of a source's repository: the source, or it with patches on top. */
type Patched = Pick<Source, 'repository' | 'commit'>;

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
  const scratch = await temporary('headers');
  try {
    const parts = await partsOf(context, source, patched, join(scratch, 'index'));
    if (!parts.ok) return parts;
    const made = { recipe: RECIPE, architecture: ARCH.name, parts: parts.value, cc };
    return ok({ home: join(context.cache, 'kits', fingerprint(made)), parts: parts.value });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** The name of the git tree that holds the parts and nothing else. */
const partsOf = async (
  { signal }: Context,
  { version }: Source,
  { repository, commit }: Patched,
  index: string,
): Promise<Result<string>> => {
  const at = ['--git-dir', repository];
  const parts = WRITTEN_FOR.test(version) ? PARTS : PARTS_OF_OTHERS;
  const listed = await git([...at, 'ls-tree', '-r', '-z', commit, '--', ...parts], { signal });
  const written = { env: { GIT_INDEX_FILE: index, ...writing(repository) }, signal };
  const put = await git([...at, 'update-index', '-z', '--index-info'], {
    ...written,
    stdin: listed.stdout,
  });
  const tree = await git([...at, 'write-tree', '--missing-ok'], written);
  const wrong = [listed, put, tree].find(({ code }) => code !== 0);
  return wrong ? broken('its files', wrong.tail) : ok(text(tree));
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
  const line = fingerprint({
    architecture: ARCH.name,
    line: source.lineage ?? source.digest,
  }).slice(0, 16);
  const shop = join(context.cache, 'kits', `make-${line}`);
  return withLock(context, join(shop, 'lock'), async () => {
    await markUsed(shop);
    const tree = join(shop, 'linux');
    const build = join(shop, 'build');
    const broke = join(shop, 'making');
    // A header that a killed make has half written is newer than what it is made of.
    if (existsSync(broke)) await rm(build, { recursive: true, force: true });
    const laid = await layOut(context, source.repository, parts, shop, tree);
    if (!laid.ok) return laid;
    await writeFile(broke, '');
    const made = await make(context, { tree, build, log: join(shop, 'log') }, ['headers']);
    if (made.code !== 0) return broken('headers', made.tail);
    await rm(broke);
    return atomicDirectory(home, (scratch) => fill(tree, build, scratch));
  });
};

const layOut = async (
  { signal }: Context,
  repository: string,
  parts: string,
  shop: string,
  tree: string,
): Promise<Result<void>> => {
  await mkdir(tree, { recursive: true });
  const index = join(shop, 'index');
  await rm(`${index}.lock`, { force: true });
  const put = await git(
    ['--git-dir', repository, '--work-tree', tree, 'read-tree', '--reset', '-u', parts],
    { cwd: tree, env: { GIT_INDEX_FILE: index }, signal },
  );
  return put.code === 0 ? ok(undefined) : broken('its files', put.tail);
};

const fill = async (tree: string, build: string, scratch: string): Promise<Result<void>> => {
  await copyIncludes(tree, build, scratch);
  await writeFile(join(scratch, 'headers'), await digestDirectory(join(scratch, 'include')));
  return ok(undefined);
};

/** Links the files of a kit, which nobody writes to, into the entry of a kernel. */
export const linkKit = ({ directory }: Kit, to: string): Promise<Result<void>> =>
  linkDirectory(join(directory, 'include'), join(to, 'include'));

const broken = (what: string, tail: readonly string[]) =>
  fail('unbuildable', `the source does not give ${what}`, {
    detail: tail.slice(-10).join('\n'),
  });
