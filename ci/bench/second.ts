// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figures } from './figures.ts';
import { ROOT, stepSeconds, storedSource, type Workbench } from './workbench.ts';

const EXAMPLE = join(ROOT, 'test/example/kernel-patches/hello');
const PATCH = '0001-proc-Add-proc-hello.patch';

/** What a disk with a file system wants, as a variant of somebody's has it. */
const MORE = ['OVERLAY_FS', 'EXT4_FS'].map((option) => `CONFIG_${option}=y\n`).join('');

/** The example under another name, with another greeting. */
const copyOf = ({ scratch }: Workbench, name: string, config = ''): string => {
  const series = join(scratch, name);
  cpSync(EXAMPLE, series, { recursive: true });
  const text = readFileSync(join(series, PATCH), 'utf8');
  writeFileSync(join(series, PATCH), text.replaceAll('hello, world', `hello, ${name}`));
  appendFileSync(join(series, 'config'), config);
  return series;
};

/**
 * After one series is built: another, a further configuration, and one with system calls, whose
 * numbers are in a header of most objects; each beside its own build from empty caches, of which
 * it must be a copy to the byte.
 */
export const second = async (bench: Workbench): Promise<void> => {
  const { figures, scratch } = bench;
  if (storedSource() === undefined) {
    figures.skip('a second series', 'no source in the cache: run boot-test once');
    return;
  }
  const used = join(scratch, 'used');
  const smoke = (cache: string, series: readonly string[]) =>
    bench.kbtFrom(cache, 'boot-test', ...series, '--tests', 'smoke');
  await smoke(used, ['--series-dir', EXAMPLE]);
  for (const [index, [name, series, goal]] of (
    [
      ['a second series', ['--series-dir', copyOf(bench, 'other')], 1 / 3],
      ['with two file systems more', ['--series-dir', copyOf(bench, 'more', MORE)], 1 / 3],
      ['a series with system calls', ['--series', 'synos'], undefined],
    ] as const
  ).entries()) {
    const after = await smoke(used, series);
    const fresh = join(scratch, `fresh-${index}`);
    // Where the source comes from is not what is measured.
    cpSync(join(used, 'source'), join(fresh, 'source'), { recursive: true });
    const alone = await smoke(fresh, series);
    if (imageOf(used, after) !== imageOf(fresh, alone)) throw new Error(`${name}: other bytes`);
    await compare(figures, { name, after, alone, goal });
  }
};

type Ran = Awaited<ReturnType<Workbench['kbtFrom']>>;

const imageOf = (cache: string, { result }: Ran): string => {
  const file = join(cache, 'kernels', result.kernel.fingerprint, 'bzImage');
  return createHash('sha256').update(readFileSync(file)).digest('hex');
};

interface Pair {
  readonly name: string;
  readonly after: Ran;
  readonly alone: Ran;
  readonly goal: number | undefined;
}

const compare = async (figures: Figures, { name, after, alone, goal }: Pair): Promise<void> => {
  const kernel = ({ result }: Ran): number => stepSeconds(result)['kernel'] ?? Number.NaN;
  const once = { runs: 1 };
  await figures.seconds(`${name}, its kernel`, () => kernel(after), once);
  await figures.seconds('  from empty caches', () => kernel(alone), once);
  figures.ratio('  of it', kernel(after) / kernel(alone), goal);
  figures.ratio('  in processor time, all of the run', after.processors / alone.processors);
};
