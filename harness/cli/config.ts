// SPDX-License-Identifier: MIT
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readDataFile } from '../base/data-file.ts';
import { fail, ok, type Result } from '../base/result.ts';

const words = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const positive = z.int().positive();

/**
 * What people set once, in kbt.yaml of the project or in ~/.config/kbt/: options of
 * commands, under their long names, and what else is an environment variable.
 */
export const CONFIG = z.strictObject({
  /** Options: they count where the command line has no other. */
  accel: z.enum(['auto', 'kvm', 'tcg']).exactOptional(),
  cpus: positive.exactOptional(),
  memory: positive.exactOptional(),
  jobs: positive.exactOptional(),
  timeout: positive.max(86_400).exactOptional(),
  'boot-timeout': positive.max(86_400).exactOptional(),
  series: words.exactOptional(),
  variant: words.exactOptional(),
  append: z.string().exactOptional(),
  origin: z.string().exactOptional(),
  'files-url': z.string().exactOptional(),
  /** A command for the shell when a command of kbt is over; see README.md. */
  notify: z.string().exactOptional(),
  /** Variables: they count where the environment has no other. */
  cache: z.string().exactOptional(),
  'cache-max': positive.exactOptional(),
  results: z.string().exactOptional(),
  shared: z.string().exactOptional(),
  source: z.string().exactOptional(),
  mirror: z.string().exactOptional(),
  ccache: z.string().exactOptional(),
  distcc: z.string().exactOptional(),
});

export type Config = z.infer<typeof CONFIG>;

/** The variables that keys of the file stand for. */
export const VARIABLES = {
  notify: 'KBT_NOTIFY',
  cache: 'KBT_CACHE',
  'cache-max': 'KBT_CACHE_MAX',
  results: 'KBT_RESULTS',
  shared: 'KBT_SHARED',
  source: 'KBT_SOURCE',
  mirror: 'KBT_KERNEL_MIRROR',
  ccache: 'CCACHE_REMOTE_STORAGE',
  distcc: 'KBT_DISTCC',
} as const satisfies Partial<Record<keyof Config, string>>;

/** A file of comments alone says nothing. */
const WRITTEN = z.preprocess((data) => data ?? {}, CONFIG);

/** Keys that name a file or a directory: from the one that the file is in, or with `~`. */
const PATHS = ['cache', 'results', 'shared', 'source'] as const;

const withPaths = (config: Config, file: string): Config => {
  const named = PATHS.flatMap((key) => {
    const path = config[key];
    if (path === undefined) return [];
    return [[key, resolve(dirname(file), path.replace(/^~(?=\/|$)/, homedir()))] as const];
  });
  return { ...config, ...Object.fromEntries(named) };
};

/** Reads files and lays them on one another, the first on top. Fails with `usage`, naming line and column. */
export const readConfig = async (files: readonly string[]): Promise<Result<Config>> => {
  let config: Config = {};
  for (const file of files) {
    const read = await readDataFile(file, WRITTEN, 'usage');
    if (!read.ok)
      return fail('usage', read.failure.what, {
        ...read.failure,
        remedy: `it takes ${Object.keys(CONFIG.shape).join(', ')}; see kbt config --schema`,
      });
    config = { ...withPaths(read.value, file), ...config };
  }
  return ok(config);
};
