// SPDX-License-Identifier: MIT
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { readDataFile } from '../../base/data-file.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { nameOf } from '../options/declare.ts';
import { IN_FILE } from '../options/groups.ts';

const words = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const positive = z.int().positive();

const TYPES = {
  words,
  number: positive,
  seconds: positive.max(86_400),
  text: z.string(),
} as const;

/** What options of commands may be set, under their long names. */
const OPTIONS = Object.fromEntries(
  IN_FILE.map((one) => {
    const type = one.inFile === 'choice' ? z.enum(one.choices ?? []) : TYPES[one.inFile ?? 'text'];
    return [nameOf(one), type.exactOptional()];
  }),
);

/**
 * What people set once, in kbt.yaml of the project or in ~/.config/kbt/: options of
 * commands, under their long names, and what else is an environment variable.
 */
export const CONFIG = z.strictObject({
  /** They count where the command line has no other. */
  ...OPTIONS,
  origin: z.string().exactOptional(),
  'files-url': z.string().exactOptional(),
  /** A command for the shell when a command of kbt is over; see cli/README.md. */
  notify: z.string().exactOptional(),
  /** Variables: they count where the environment has no other. */
  cache: z.string().exactOptional(),
  'cache-max': positive.exactOptional(),
  results: z.string().exactOptional(),
  shared: z.string().exactOptional(),
  /** The address of a store of kernels. */
  remote: z.string().exactOptional(),
  /** Public keys whose signatures there count: of the user's own file alone. */
  'remote-trust': words.exactOptional(),
  source: z.string().exactOptional(),
  mirror: z.string().exactOptional(),
  ccache: z.string().exactOptional(),
  distcc: z.string().exactOptional(),
});

/** What one kbt.yaml says, checked, by its keys. */
export type Settings = Readonly<Record<string, unknown>>;

/** The variables that keys of the file stand for. */
export const VARIABLES = {
  notify: 'KBT_NOTIFY',
  cache: 'KBT_CACHE',
  'cache-max': 'KBT_CACHE_MAX',
  results: 'KBT_RESULTS',
  shared: 'KBT_SHARED',
  remote: 'KBT_REMOTE',
  'remote-trust': 'KBT_REMOTE_TRUST',
  source: 'KBT_SOURCE',
  mirror: 'KBT_KERNEL_MIRROR',
  ccache: 'CCACHE_REMOTE_STORAGE',
  distcc: 'KBT_DISTCC',
} as const;

/** A file of comments alone says nothing. */
const WRITTEN = z.preprocess((data) => data ?? {}, CONFIG);

/** Keys that name a file or a directory: from the one that the file is in, or with `~`. */
const PATHS = ['cache', 'results', 'shared', 'source'] as const;

const withPaths = (config: Settings, file: string): Settings => {
  const named = PATHS.flatMap((key) => {
    const path = config[key];
    if (typeof path !== 'string') return [];
    return [[key, resolve(dirname(file), path.replace(/^~(?=\/|$)/, homedir()))] as const];
  });
  return { ...config, ...Object.fromEntries(named) };
};

/** Reads one file. Fails with `usage`, naming line and column. */
export const readSettings = async (file: string): Promise<Result<Settings>> => {
  const read = await readDataFile<Settings>(file, WRITTEN, 'usage');
  if (read.ok) return ok(withPaths(read.value, file));
  return fail('usage', read.failure.what, {
    ...read.failure,
    remedy: `it takes ${Object.keys(CONFIG.shape).join(', ')}; see kbt config --schema`,
  });
};
