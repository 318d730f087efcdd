// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { cacheDirectory } from '../../base/context.ts';
import { MISSES, readHits } from '../../base/cache/hits.ts';
import { cacheEntries } from '../../base/cache/cache-entries.ts';
import { KINDS } from '../../base/cache/kinds.ts';
import { run } from '../../base/process/process.ts';
import { table } from '../../report/table.ts';
import type { Invocation } from '../invocation.ts';
import { sizeOf } from './clean.ts';

/** Prints what the cache holds, how long it was not used, and how often ccache had an object. */
export const cacheCommand = async ({ env }: Invocation): Promise<number> => {
  const cache = cacheDirectory(env);
  const entries = await cacheEntries(cache);
  const days = (used: number): string => `${((Date.now() - used) / 86_400_000).toFixed(1)} d`;
  const rows = KINDS.map((kind) => {
    const these = entries.filter((entry) => entry.kind === kind);
    const [oldest, newest] = [these[0], these.at(-1)];
    const ages = oldest && newest ? [days(newest.used), days(oldest.used)] : ['', ''];
    return [kind, String(these.length), sizeOf(these), ...ages];
  });
  const lines = [
    cache,
    ...table(
      ['', 'entries', 'size', 'newest', 'oldest'],
      [...rows, ['all', String(entries.length), sizeOf(entries), '', '']],
    ),
    '',
    ...KINDS.map((kind) => `${kind.padEnd(10)} ${WHY[kind]}`),
    '',
    ...(await hitsIn(cache)),
    '',
    ...(await ccacheSays(env['CCACHE_DIR'] ?? join(cache, 'ccache'))),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
};

/** How often steps found what they wanted, and why they did not. */
const hitsIn = async (cache: string): Promise<readonly string[]> =>
  Object.entries(await readHits(cache)).map(([step, { hits, misses }]) => {
    const missed = Object.values(misses).reduce((sum, count) => sum + count, 0);
    const share = ((100 * hits) / (hits + missed)).toFixed(0);
    const why = (Object.keys(MISSES) as (keyof typeof MISSES)[])
      .map((reason) => ({ reason, count: misses[reason] ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .map(({ reason, count }) => `${count} ${MISSES[reason]}`);
    const told = `${hits} of ${hits + missed} times there, ${share} %`;
    return `${step.padEnd(10)} ${[told, ...why].join('; ')}`;
  });

/** What each is kept for. */
const WHY: Readonly<Record<(typeof KINDS)[number], string>> = {
  source: 'sources, unpacked once into a git repository each',
  trees: 'checkouts and build directories: an edit compiles only what it changes',
  kernels: 'what was built, by the fingerprint of all that went into it',
  kits: 'headers that guest programs are compiled against',
  modules: 'modules of kernels, and those of --module-dir',
  images: 'initramfs, with the keys that open a guest',
  roots: 'root file systems of --rootfs, packed',
  programs: 'guest programs, compiled',
  kselftest: 'collections of the kernel’s selftests, installed',
  snapshots: 'states of booted VMs that runs begin from',
  bisects: 'how far searches have come that were interrupted',
  downloads: 'downloads that were cut and will be resumed',
};

/** ccache's own figures: hits, and what the misses were for. */
const ccacheSays = async (directory: string): Promise<readonly string[]> => {
  const asked = await run({
    argv: ['ccache', '--show-stats', '-v'],
    env: { CCACHE_DIR: directory },
    capture: true,
  }).catch(() => undefined);
  return asked?.code === 0 ? asked.stdout.toString().trimEnd().split('\n') : [];
};
