// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ARCH } from '../../arch/host.ts';
import { isSound } from '../../base/cache/entry.ts';
import { withLock } from '../../base/cache/lock.ts';
import { markUsed } from '../../base/cache/runs.ts';
import { atomicDirectory } from '../../base/cache/store.ts';
import { step, type Context } from '../../base/context.ts';
import { fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import { run, type Ended } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { layOut, lineOf, partsOf, type Patched } from '../../kernel/kit/parts.ts';
import type { Kit } from '../../kernel/kit/userland-kit.ts';
import { toolchain } from '../../kernel/make/toolchain.ts';
import type { Source } from '../../source/source.ts';
import { librariesHere, unbuilt } from './host.ts';
import { INSTALLED_TEST, readInstalled, type InstalledTest } from './installed.ts';
import { SELFTESTS } from './wanted.ts';

/** A collection of kselftest, built and installed by its own Makefile. */
export interface Collection {
  readonly target: string;
  readonly tests: readonly InstalledTest[];
  /** A tar archive of kselftest/, as `make install` leaves it. */
  readonly archive: string;
}

/** What collections are built of. */
export interface CollectionSource {
  readonly source: Source;
  /** The source, or it with patches. */
  readonly patched: Patched;
  readonly kit: Kit;
}

const RECIPE = 2;

/** All that a Makefile of a collection, and what it compiles, may reach for. */
const PARTS = [
  ...['Makefile', 'scripts', 'include', `arch/${ARCH.kernel.directory}/include`],
  ...['arch', 'build', 'include', 'lib', 'net', 'power', 'scripts'].map((name) => `tools/${name}`),
  // What a few of them include or install from elsewhere.
  ...[`arch/${ARCH.kernel.directory}/entry/vdso`, 'drivers/iommu/iommufd', 'Documentation/netlink'],
  SELFTESTS,
];

/**
 * A collection, from the store or built. Fails with `unbuildable` where it does not compile, and
 * with `environment` where this machine lacks what it wants.
 */
export const obtainCollection = (
  context: Context,
  from: CollectionSource,
  target: string,
): Promise<Result<Collection>> =>
  step(context, 'programs', `kselftest ${target}`, async () => {
    const placed = await placeOf(context, from, target);
    if (!placed.ok) return placed;
    const { home } = placed.value;
    const cached = await isSound(context, home);
    const made = cached ? ok(home) : await build(context, from, target, placed.value);
    if (!made.ok) return made;
    const collection = await readCollection(home, target);
    const note = `${collection.tests.length} tests`;
    return ok({ value: collection, cached, note });
  });

const ARCHIVE = 'kselftest.tar';
const TESTS = 'tests.json';

const readCollection = async (home: string, target: string): Promise<Collection> => ({
  target,
  tests: z.array(INSTALLED_TEST).parse(JSON.parse(await readFile(join(home, TESTS), 'utf8'))),
  archive: join(home, ARCHIVE),
});

interface Place {
  readonly home: string;
  /** The git tree of what it is made of. */
  readonly parts: string;
  /** Of all that makes every collection of this source. */
  readonly made: Fingerprint;
}

const placeOf = async (
  context: Context,
  { patched, kit }: CollectionSource,
  target: string,
): Promise<Result<Place>> => {
  const tools = await toolchain(context);
  if (!tools.ok) return tools;
  const parts = await partsOf(context, patched, PARTS);
  if (!parts.ok) return parts;
  const { headers } = kit;
  const libraries = await librariesHere();
  const made = fingerprint({
    ...{ recipe: RECIPE, headers, parts: parts.value, tools: tools.value },
    libraries,
  });
  const key = fingerprint({ made, target });
  return ok({ home: join(context.cache, 'kselftest', key), parts: parts.value, made });
};

const build = (
  context: Context,
  { source, kit }: CollectionSource,
  target: string,
  { home, parts, made }: Place,
): Promise<Result<string>> => {
  const shop = join(context.cache, 'kselftest', `make-${lineOf(source)}`);
  return withLock(context, join(shop, 'lock'), async () => {
    await markUsed(shop);
    // Another run was first.
    if (existsSync(home)) return ok(home);
    const objects = join(shop, 'build');
    // The Makefiles know of no header, and some write into the tree: of other files nothing is kept.
    const done = join(shop, 'done-with');
    if ((await readFile(done, 'utf8').catch(() => undefined)) !== made)
      for (const name of ['build', 'linux', 'index'])
        await rm(join(shop, name), { recursive: true, force: true });
    await rm(done, { force: true });
    const laid = await layOut(context, source.repository, parts, shop);
    if (!laid.ok) return laid;
    const tree = laid.value;
    const headers = join(tree, 'usr', 'include');
    await mkdir(join(tree, 'usr'), { recursive: true });
    await rm(headers, { recursive: true, force: true });
    await symlink(join(kit.directory, 'include', 'headers'), headers);
    const install = join(shop, 'install');
    await rm(install, { recursive: true, force: true });
    const ended = await makeInstall(context, { tree, objects, install, target });
    if (ended.code !== 0) return unbuilt(target, ended);
    await writeFile(done, made);
    return atomicDirectory(home, (scratch) => fill(context, install, target, scratch));
  });
};

interface Making {
  readonly tree: string;
  readonly objects: string;
  readonly install: string;
  readonly target: string;
}

const makeInstall = (
  context: Context,
  { tree, objects, install, target }: Making,
): Promise<Ended> => {
  const { PATH, HOME, TMPDIR } = context.env;
  return run({
    argv: [
      'make',
      ...['-C', join(tree, SELFTESTS), `-j${availableParallelism()}`, '-Otarget'],
      ...[`O=${objects}`, `KSFT_INSTALL_PATH=${install}`, `ARCH=${ARCH.kernel.directory}`],
      `KHDR_INCLUDES=-isystem ${join(tree, 'usr', 'include')}`,
      ...[`TARGETS=${target}`, 'SKIP_TARGETS=', 'FORCE_TARGETS=1', 'install'],
    ],
    inherit: [],
    env: { PATH, HOME, TMPDIR },
    onLine: (line) => context.emit({ type: 'output', of: 'make', line }),
    signal: context.signal,
  });
};

const fill = async (
  context: Context,
  install: string,
  target: string,
  scratch: string,
): Promise<Result<void>> => {
  const tests = await readInstalled(install, target);
  if (tests.length === 0)
    return fail('unbuildable', `kselftest: the collection ${target} has no test for ${ARCH.name}`, {
      code: 'program-compile-error',
      where: `${SELFTESTS}/${target}`,
    });
  await writeFile(join(scratch, TESTS), JSON.stringify(tests));
  const flags = ['--owner=0', '--group=0', '--sort=name', '--transform=flags=r;s,^\\.,kselftest,'];
  const packed = await run({
    argv: ['tar', '-cf', join(scratch, ARCHIVE), ...flags, '-C', install, '.'],
    signal: context.signal,
  });
  return packed.code === 0
    ? ok(undefined)
    : fail('environment', `tar cannot pack the collection ${target}`, {
        detail: packed.tail.slice(-5).join('\n'),
      });
};
