// SPDX-License-Identifier: MIT

/** What the cache holds, by name; it may lie in a directory that holds other things too. */
export const KINDS = [
  'source',
  'trees',
  'kernels',
  'kits',
  'modules',
  'images',
  'roots',
  'programs',
  'kselftest',
  'snapshots',
  'bisects',
  'downloads',
] as const;
export type Kind = (typeof KINDS)[number];
