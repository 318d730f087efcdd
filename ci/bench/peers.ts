// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { $ } from 'zx';
import { cacheDirectory } from '../../harness/base/context.ts';
import { make } from '../../harness/kernel/make/make.ts';
import type { Figures } from './figures.ts';
import { kernelEdits, type Workbench } from './workbench.ts';

const cache = cacheDirectory(process.env);
const NAMES = {
  kunit: 'kunit.py run, nothing changed',
  make: 'make, kernel/synos/state.c touched',
  qemu: 'qemu, until dropbear listens',
} as const;

const silently = $({ quiet: true });

/** What runs beside kbt on the same machine: make, QEMU, kunit.py, virtme-ng. */
export const peers = async (bench: Workbench): Promise<void> => {
  // The tree holds SynOS after this, and is built.
  const edited = kernelEdits(bench)();
  const result = await bench.kbt('boot-test', '--series-dir', edited, '--tests', 'smoke');
  const kernel = join(cache, 'kernels', result.kernel.fingerprint);
  await plainMake(bench);
  await plainBoot(bench, join(kernel, 'bzImage'), join(cache, 'images', result.image.fingerprint));
  await kunit(bench);
  await virtme(bench, join(kernel, 'bzImage'));
};

/** The tree that holds SynOS. */
const treeOfSynos = (): string => {
  const trees = join(cache, 'trees');
  const home = readdirSync(trees).find((name) =>
    existsSync(join(trees, name, 'linux/kernel/synos/state.c')),
  );
  if (home === undefined) throw new Error('no tree holds SynOS: run npm run boot-test first');
  return join(trees, home);
};

const plainMake = async ({ figures, scratch }: Workbench): Promise<void> => {
  const home = treeOfSynos();
  const tree = join(home, 'linux');
  const options = { tree, build: join(home, 'build'), log: join(scratch, 'make.log') };
  const context = {
    cache,
    root: '',
    project: '',
    signal: new AbortController().signal,
    env: process.env,
    emit: () => undefined,
  };
  const makeAll = async (): Promise<void> => {
    const { code } = await make(context, options, ['bzImage', 'headers']);
    if (code !== 0) throw new Error(`make failed in ${options.build}`);
  };
  await makeAll();
  await figures.seconds('make, nothing changed', makeAll);
  await figures.seconds(NAMES.make, () => {
    const now = new Date();
    utimesSync(join(tree, 'kernel/synos/state.c'), now, now);
    return makeAll();
  });
};

const plainBoot = async ({ figures }: Workbench, bzImage: string, image: string): Promise<void> => {
  const initrd = join(image, 'initramfs.cpio');
  await figures.seconds(NAMES.qemu, async () => {
    const qemu = silently({
      nothrow: true,
    })`qemu-system-x86_64 -nodefaults -display none -machine q35 -cpu max -smp 2 -m 512 -no-reboot -kernel ${bzImage} -initrd ${initrd} -append ${'console=ttyS0 ignore_loglevel'} -serial stdio`;
    // It comes by single characters.
    for await (const line of createInterface({ input: qemu.stdout }))
      if (line.includes('Not backgrounding')) break;
    await qemu.kill('SIGKILL');
  });
};

const kunit = async ({ figures, scratch }: Workbench): Promise<void> => {
  const cwd = join(treeOfSynos(), 'linux');
  const build = join(scratch, 'kunit');
  const suites = 'kernel/synos/.kunitconfig';
  const config = existsSync(join(cwd, suites)) ? [`--kunitconfig=${suites}`] : [];
  const run = () =>
    silently({ cwd })`python3 tools/testing/kunit/kunit.py run --build_dir=${build} ${config}`;
  try {
    await run();
  } catch {
    return figures.skip(NAMES.kunit, 'it does not run here');
  }
  await figures.seconds(NAMES.kunit, run);
};

const virtme = async ({ figures }: Workbench, bzImage: string): Promise<void> => {
  const name = 'virtme-ng, a boot and `true`';
  const there = await silently({ nothrow: true })`command -v vng`;
  if (there.exitCode !== 0) return figures.skip(name, 'it is not installed');
  await figures.seconds(name, () => silently`vng --run ${bzImage} --exec true`);
};

/** Figures of ours held against theirs, where both were taken. */
export const against = (figures: Figures): void => {
  const ours = (name: string): number => figures.median(name) ?? Number.NaN;
  const ratio = (name: string, value: number, goal?: number): void => {
    if (!Number.isNaN(value)) figures.ratio(name, value, goal);
  };
  ratio('smoke, in runs of kunit.py', ours('nothing changed, smoke') / ours(NAMES.kunit));
  ratio('smoke, in boots of plain QEMU', ours('nothing changed, smoke') / ours(NAMES.qemu));
  ratio(
    'a line edited, in plain make and boot',
    ours('a line of kernel/synos/ edited') / (ours(NAMES.make) + ours(NAMES.qemu)),
  );
};
