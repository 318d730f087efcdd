// SPDX-License-Identifier: MIT
import { z } from 'zod';

const words = z.array(z.string()).readonly();
const whole = z.int().positive();

/** What kernel is tested. */
const kernel = z.strictObject({
  source: z.strictObject({
    /** A tarball or a directory of the user's. */
    given: z.string().optional(),
    /** A git tree of the user's, in place of the pinned source. */
    tree: z.string().optional(),
    /** In place of the pinned source the newest of its line. */
    newest: z.boolean(),
    /** Nothing but the pinned and verified source will do. */
    frozen: z.boolean(),
  }),
  /** Names below kernel-patches/; undefined: all that are there. */
  series: words.optional(),
  seriesDirectories: words,
  /** A series as it was posted: mails of it, `-` for stdin, and which revision; the newest without it. */
  posted: z.strictObject({ file: z.string().optional(), revision: whole.optional() }).optional(),
  /** Only the first patches of the series. */
  patches: z.int().nonnegative().optional(),
  variants: words,
  /** Directories with modules that are of no kernel's source. */
  moduleDirectories: words,
  /** A whole .config to begin with, in place of tinyconfig and base.config. */
  config: z.string().optional(),
  /** A kernel that was built elsewhere, in place of all of this. */
  prebuilt: z
    .strictObject({
      file: z.string().optional(),
      vmlinux: z.string().optional(),
      /** Its .config; undefined: the one that vmlinux or the image holds. */
      config: z.string().optional(),
      /** A directory with its modules. */
      modules: z.string().optional(),
    })
    .optional(),
  /** A compiler warning in a file of the series is no error. */
  allowWarnings: z.boolean(),
  /** Make Debian packages, and test the kernel that they hold. */
  packages: z.strictObject({ localVersion: z.string(), directory: z.string() }).optional(),
});

/** The machine of programs that ask for no other. */
const machine = z.strictObject({
  accelerator: z.enum(['auto', 'kvm', 'tcg']),
  cpus: whole,
  /** undefined: the default. */
  memoryMiB: whole.optional(),
  /** Added to the kernel's command line. */
  append: words,
  /** QEMU's names of devices. */
  devices: words,
  /** A directory or an image with the root file system of programs; undefined: the initramfs. */
  rootfs: z.string().optional(),
});

/** Which programs run, and what they are given. */
const tests = z.strictObject({
  directories: words,
  /** Globs over names; empty for all. */
  names: words,
  /** The kernel's own KUnit suites, those that are not of a series too. */
  kunit: z
    .strictObject({
      /** As kunit.filter_glob has it: a suite, or suite.test; undefined: all. */
      glob: z.string().optional(),
      /** As kunit.filter has it. */
      filter: z.string().optional(),
      /** A fragment that enables suites, or a directory with a .kunitconfig, of the user's or the source's; undefined: the source's default. */
      config: z.string().optional(),
    })
    .optional(),
  /** Collections of the kernel's selftests, `TARGET` or `TARGET:TEST`. */
  kselftest: words,
  /** Suites of LTP, `SUITE` or `SUITE:TAG`. */
  ltp: words,
  environment: z.record(z.string(), z.string()).readonly(),
  /** Seconds for a program without a deadline of its own, and until SSH answers; undefined: the usual. */
  timeout: whole.optional(),
  bootTimeout: whole.optional(),
  /** How many times as long as usual things may take. */
  slower: whole,
});

/** How they run. */
const policy = z.strictObject({
  /** How many VMs run at once, at most. */
  jobs: whole,
  /** A fresh VM for every program. */
  isolate: z.boolean(),
  /** How often each program runs; undefined: once, or with `untilFail` until one fails. */
  repeat: whole.optional(),
  untilFail: z.boolean(),
  /** The seed of another order; undefined: that of the plan. */
  shuffle: z.int().nonnegative().optional(),
  /** Take VMs from a saved state where there is one. */
  fork: z.boolean(),
  /** Write the memory of guests that hang to core files. */
  dump: z.boolean(),
  /** Only this part of the plan, or of the cells of a matrix. */
  shard: z.strictObject({ index: whole, of: whole }).optional(),
});

/** Where results go. */
const output = z.strictObject({
  /** A new directory for logs and results. */
  directory: z.string(),
  /** The cell of the matrix that this run is. */
  cell: z.string().optional(),
});

/**
 * Everything that the user asks of a command which runs programs on kernels. It is resolved
 * once; each floor takes its own part of it, unchanged.
 */
export const RUN_SPEC = z.strictObject({ kernel, machine, tests, policy, output });

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
export type RunSpec = Frozen<z.infer<typeof RUN_SPEC>>;

/** Whether series are given that do not lie below kernel-patches/. */
export const liesElsewhere = ({ seriesDirectories, posted }: RunSpec['kernel']): boolean =>
  seriesDirectories.length > 0 || posted !== undefined;

/** A part of a spec, as one of its sources gives it. */
export type SpecPatch = PartOf<RunSpec>;
type PartOf<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: PartOf<T[K]> | undefined }
    : T;

/** The spec without any options. */
export const DEFAULTS: RunSpec = {
  kernel: {
    source: { newest: false, frozen: false },
    seriesDirectories: [],
    variants: [],
    moduleDirectories: [],
    allowWarnings: false,
  },
  machine: { accelerator: 'auto', cpus: 2, append: [], devices: [] },
  tests: { directories: [], names: [], kselftest: [], ltp: [], environment: {}, slower: 1 },
  policy: { jobs: 1, isolate: false, untilFail: false, fork: true, dump: false },
  output: { directory: '' },
};

/**
 * A spec with patches laid on it, the last on top. Their sources are, lowest first: the defaults,
 * variants, the user's kbt.yaml, the project's, the environment, the command line, the row
 * of a matrix, a program. Lists are joined, memory and patience are the greater, all else
 * is replaced.
 */
export const layered = (spec: RunSpec, ...patches: readonly SpecPatch[]): RunSpec =>
  patches.reduce<RunSpec>((base, patch) => lay(base, patch, '') as RunSpec, spec);

/** Lists that replace, and are not joined: a series that is named is the only one. */
const CHOSEN = ['series'];
const GREATER = ['memoryMiB', 'slower'];

const lay = (base: unknown, patch: unknown, key: string): unknown => {
  if (patch === undefined) return base;
  if (Array.isArray(patch)) return CHOSEN.includes(key) ? patch : [base ?? [], patch].flat();
  if (typeof patch === 'object' && patch !== null) {
    const under = (base ?? {}) as Readonly<Record<string, unknown>>;
    const entries = Object.entries(patch).map(([name, value]) => [
      name,
      lay(under[name], value, name),
    ]);
    return { ...under, ...Object.fromEntries(entries) } as unknown;
  }
  return GREATER.includes(key) ? Math.max(Number(base ?? 0), Number(patch)) : patch;
};

/** The same with results elsewhere. */
export const inDirectory = (spec: RunSpec, directory: string): RunSpec =>
  layered(spec, { output: { directory } });

/** The most runs, where nobody says how often. */
const UNTIL_FAIL = 1000;

export const repeatOf = ({ policy: { repeat, untilFail } }: RunSpec): number =>
  repeat ?? (untilFail ? UNTIL_FAIL : 1);

/** MiB; seconds for a program without a deadline of its own, and until SSH answers. */
const MEMORY_MIB = 512;
const DEADLINE_S = 30;
const BOOT_DEADLINE_S = 120;

export const memoryOf = ({ machine: { memoryMiB } }: Pick<RunSpec, 'machine'>): number =>
  memoryMiB ?? MEMORY_MIB;

export const deadlinesOf = ({ tests: { timeout, bootTimeout, slower } }: RunSpec) => ({
  timeout: timeout ?? DEADLINE_S * slower,
  bootTimeout: bootTimeout ?? BOOT_DEADLINE_S * slower,
});
