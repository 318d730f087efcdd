// SPDX-License-Identifier: MIT
import type { TestingOptions } from './testing-options.ts';

/** Options that exclude each other, by the one that stands for what is tested. */
const EXCLUDED = {
  tree: ['source', 'frozen', 'newest', 'kernel'],
  newest: ['source', 'frozen'],
  kernel: [
    'source',
    'frozen',
    'newest',
    'series',
    'seriesDir',
    'variant',
    'patches',
    'allowWarnings',
  ],
} as const;

type Options = TestingOptions & {
  readonly kernel?: string;
  readonly vmlinux?: string;
  readonly patches?: number;
  readonly allowWarnings?: boolean;
};

/** What is wrong with the options together; undefined where nothing is. */
export const clashOf = (options: Options): string | undefined => {
  for (const [one, others] of Object.entries(EXCLUDED)) {
    const other = others.find((name) => isGiven(options[name]));
    if (isGiven(options[one as keyof typeof EXCLUDED]) && other !== undefined)
      return `--${one} and --${dashed(other)} do not go together`;
  }
  return options.vmlinux !== undefined && options.kernel === undefined
    ? '--vmlinux goes with --kernel alone'
    : undefined;
};

const isGiven = (value: unknown): boolean => value !== undefined && value !== false;

/** As it is written: `series-dir`. */
const dashed = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
