// SPDX-License-Identifier: MIT
import { count, each, list, once, positive } from '../arguments.ts';
import { declare } from './declare.ts';

/** What kernel is tested. */
export const SERIES = declare<readonly string[]>({
  flags: '--series <names>',
  help: 'series below kernel-patches/ (all, by name), in order; "none" for the bare source',
  parse: list,
  inFile: 'words',
  yields: ['series-dir', 'mbox', 'tree', 'kernel'],
  patch: (series) => ({ kernel: { series: series.filter((name) => name !== 'none') } }),
});

export const SERIES_DIR = declare<readonly string[]>({
  flags: '--series-dir <dir>',
  help: 'a series in a directory of yours (repeatable)',
  parse: each,
  patch: (seriesDirectories) => ({ kernel: { seriesDirectories } }),
});

export const MBOX = declare<string>({
  flags: '--mbox <file>',
  help: 'a series as it was posted, as b4 and lore give it, or a directory; "-" for stdin',
  parse: once,
  excludes: ['series', 'series-dir', 'kernel'],
  patch: (file) => ({ kernel: { posted: { file } } }),
});

export const REVISION = declare<number>({
  flags: '--revision <n>',
  help: 'of what --mbox holds this revision (the newest)',
  parse: positive,
  goesWith: 'mbox',
  patch: (revision) => ({ kernel: { posted: { revision } } }),
});

export const VARIANT = declare<readonly string[]>({
  flags: '--variant <names>',
  help: 'fragments of kernel-patches/variants/',
  parse: list,
  inFile: 'words',
  yields: ['kernel'],
  patch: (variants) => ({ kernel: { variants } }),
});

export const MODULE_DIR = declare<readonly string[]>({
  flags: '--module-dir <dir>',
  help: 'modules of yours, with their Kbuild, built against this kernel (repeatable)',
  parse: each,
  excludes: ['kernel'],
  patch: (moduleDirectories) => ({ kernel: { moduleDirectories, variants: ['modules'] } }),
});

export const SOURCE = declare<string>({
  flags: '--source <path>',
  help: 'a kernel source of yours, tarball or directory (or KBT_SOURCE)',
  variable: 'KBT_SOURCE',
  yields: ['tree', 'newest'],
  patch: (given) => ({ kernel: { source: { given } } }),
});

export const TREE = declare<string>({
  flags: '--tree <dir>',
  help: 'a git tree of yours as it stands, uncommitted edits included',
  excludes: ['source', 'frozen', 'newest', 'kernel'],
  patch: (tree) => ({ kernel: { source: { tree } } }),
});

export const CONFIG = declare<string>({
  flags: '--config <file>',
  help: 'begin with this .config (else: tinyconfig and base.config)',
  patch: (config) => ({ kernel: { config } }),
});

export const NEWEST = declare<true>({
  flags: '--newest',
  help: 'the newest 6.12.y on offer in place of the pinned one',
  excludes: ['source', 'frozen'],
  patch: () => ({ kernel: { source: { newest: true } } }),
});

export const FROZEN = declare<true>({
  flags: '--frozen',
  help: 'nothing but the pinned, verified source will do',
  patch: () => ({ kernel: { source: { frozen: true } } }),
});

export const KERNEL = declare<string>({
  flags: '--kernel <file>',
  help: 'build nothing, test this kernel image or .deb; --config says how it was built',
  excludes: [
    ...['source', 'frozen', 'newest', 'series', 'series-dir', 'variant', 'patches'],
    'allow-warnings',
  ],
  patch: (file) => ({ kernel: { prebuilt: { file } } }),
});

export const VMLINUX = declare<string>({
  flags: '--vmlinux <file>',
  help: 'the vmlinux of --kernel, for the lines of stacks',
  goesWith: 'kernel',
  patch: (vmlinux) => ({ kernel: { prebuilt: { vmlinux } } }),
});

export const MODULES = declare<string>({
  flags: '--modules <dir>',
  help: 'modules of --kernel, /lib/modules/RELEASE: virtio-net of them, where it is none of the kernel',
  goesWith: 'kernel',
  patch: (modules) => ({ kernel: { prebuilt: { modules } } }),
});

export const PATCHES = declare<number>({
  flags: '--patches <n>',
  help: 'of the series only the first so many patches',
  parse: count,
  patch: (patches) => ({ kernel: { patches } }),
});

export const ALLOW_WARNINGS = declare<true>({
  flags: '--allow-warnings',
  help: 'a compiler warning in a file of the series is no error',
  patch: () => ({ kernel: { allowWarnings: true } }),
});
