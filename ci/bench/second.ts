// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figures } from './figures.ts';
import { ROOT, stepSeconds, storedSource, type Took, type Workbench } from './workbench.ts';

/** What a file server and layers want, as a variant of somebody's has it. */
const MORE = ['NET_9P', 'NET_9P_VIRTIO', '9P_FS', 'OVERLAY_FS', 'BLK_DEV']
  .map((option) => `CONFIG_${option}=y\n`)
  .join('');

/**
 * After one series is built: another series, and a further configuration of it; each beside its
 * own build from empty caches, of which it must be a copy to the byte.
 */
export const second = async (bench: Workbench): Promise<void> => {
  const { figures, scratch } = bench;
  if (storedSource() === undefined) {
    figures.skip('a second series', 'no source in the cache: run boot-test once');
    return;
  }
  const cache = join(scratch, 'used');
  await bench.kbtFrom(cache, 'boot-test', '--tests', 'smoke');
  const series = join(ROOT, 'test/example/kernel-patches/hello');
  const further = join(scratch, 'further');
  cpSync(series, further, { recursive: true });
  appendFileSync(join(further, 'config'), MORE);
  for (const [name, directory] of [
    ['a second series', series],
    ['the same with 9p, overlayfs and a block device', further],
  ] as const) {
    const args = ['--series-dir', directory, '--tests', 'smoke'];
    const after = await bench.kbtFrom(cache, 'boot-test', ...args);
    const fresh = join(scratch, `fresh-${name.length}`);
    // The source is not what is measured.
    cpSync(join(cache, 'source'), join(fresh, 'source'), { recursive: true });
    const alone = await bench.kbtFrom(fresh, 'boot-test', ...args);
    if (imageOf(cache, after) !== imageOf(fresh, alone)) throw new Error(`${name}: other bytes`);
    await compare(figures, name, after, alone);
  }
};

type Ran = Awaited<ReturnType<Workbench['kbtFrom']>>;

const imageOf = (cache: string, { result }: Ran): string => {
  const file = join(cache, 'kernels', result.kernel.fingerprint, 'bzImage');
  return createHash('sha256').update(readFileSync(file)).digest('hex');
};

const compare = async (figures: Figures, name: string, after: Ran, alone: Ran): Promise<void> => {
  const kernel = ({ result }: Ran): number => stepSeconds(result)['kernel'] ?? Number.NaN;
  const processors = ({ processors }: Took): number => processors;
  const once = { runs: 1 };
  await figures.seconds(`${name}, kernel`, () => kernel(after), once);
  await figures.seconds('  from empty caches', () => kernel(alone), once);
  figures.ratio('  of it', kernel(after) / kernel(alone), 1 / 3);
  figures.ratio('  in processor time, all of the run', processors(after) / processors(alone));
};
