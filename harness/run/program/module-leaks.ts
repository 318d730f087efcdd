// SPDX-License-Identifier: MIT
import { quoted } from '../guest/guest-command.ts';
import type { RunSpec } from '../spec.ts';
import type { SentModule } from '../tests/modules.ts';

/** How often modules are loaded and unloaded again, to see what each time leaves behind. */
const LOADS = 100;
/** So many of what is counted are a leak: something else may give one back meanwhile. */
const LEAKED = 0.8 * LOADS;
/** So often before that: what a kernel allocates for the first few stays. */
const WARM_UP = 10;
/**
 * kmemleak says nothing of what is younger (MSECS_MIN_AGE of mm/kmemleak.c), and as long kfree_rcu()
 * may keep what it frees (KFREE_DRAIN_JIFFIES of kernel/rcu/tree.c). The kernel waits, and so do we.
 */
const OLD_S = 6;

/** Seconds that all of it may take. */
export const LEAKS_S = 600;

/**
 * For the command line of a kernel whose modules are looked at: of a cache that is debugged SLUB
 * counts the objects; of others it counts what is free in the slab of a processor as well
 * (get_slabinfo() of mm/slub.c).
 */
export const COUNTS_OBJECTS = 'slab_debug=FU';

/** What a result says where the kernel has no kmemleak. */
export const NOT_LOOKED_FOR = 'not looked for: --variant faultinject does';
export const NONE = `none of slab, of vmalloc() or by kmemleak in ${LOADS} loads`;

/** Whether a kernel can tell what modules leak. */
export const findsLeaks = ({ variants }: Pick<RunSpec['kernel'], 'variants'>): boolean =>
  variants.includes('faultinject');

/** Where a guest keeps a module until it is loaded. */
export const fileOf = (name: string): string => `/tests/${name}.ko`;

/** What loads a module whose file is in the guest. */
export const insmod = ({ name, parameters }: Omit<SentModule, 'data' | 'taint'>): string =>
  ['insmod', fileOf(name), ...parameters.map(quoted)].join(' ');

/**
 * What the guest runs to load modules, in their order, again and again, and to have kmemleak look
 * for what was lost. It prints the objects of each slab cache, and the memory of vmalloc(), before
 * and after.
 */
export const loadAgain = (modules: readonly SentModule[]): string => {
  const unload = [...modules].reverse().map(({ name }) => `rmmod ${name}`);
  const once = [...modules.map(insmod), ...unload].join(' && ');
  const scan = 'echo scan >/sys/kernel/debug/kmemleak';
  return [
    `again() { for n in $(seq $1); do { ${once}; } || exit 1; done; }`,
    'count() { cat /proc/slabinfo /proc/meminfo; }',
    `again ${WARM_UP}`,
    `sleep ${OLD_S}; count; echo = again`,
    `again ${LOADS}`,
    `sleep ${OLD_S}; count`,
    `${scan} && ${scan} && cat /sys/kernel/debug/kmemleak >&2`,
  ].join('\n');
};

/** Objects of a slab cache (slabinfo(5)), or KiB of vmalloc(). */
const COUNTED = /^(?:(?!kmemleak_)(\S+) +(\d+) +\d+ +\d+ +\d+ +\d+ : |(VmallocUsed): +(\d+) kB)/gm;

const countsIn = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(COUNTED)].map(
      ([, cache, objects, vmalloc, size]) =>
        [cache ?? vmalloc ?? '', Number(objects ?? size)] as const,
    ),
  );

/** In words, what grew with every load by what loadAgain() printed, or that it does not tell; undefined where nothing grew. */
export const grownIn = (text: string): string | undefined => {
  const [before, after] = text.split('\n= again\n').map(countsIn);
  // The one that is no slab cache is VmallocUsed.
  if (!before || !after || before.size < 2 || after.size < 2)
    return 'the guest does not tell of its memory';
  const grown = [...after].flatMap(([name, now]) => {
    const more = now - (before.get(name) ?? 0);
    if (name === 'VmallocUsed')
      return more >= LEAKED * PAGE_KIB ? [{ text: `${more} KiB of vmalloc()`, more }] : [];
    return more >= LEAKED ? [{ text: `${more} objects of ${name}`, more }] : [];
  });
  const worst = grown.sort((a, b) => b.more - a.more).map((one) => one.text);
  return worst.length === 0 ? undefined : `${LOADS} loads leave ${worst.slice(0, 3).join(', ')}`;
};

/** vmalloc() gives no less than a page. */
const PAGE_KIB = 4;
