// SPDX-License-Identifier: MIT

/** Where the source of a matrix' cell comes from. Imports nothing: --help reads it. */
export const SOURCES = ['pin', 'newest'] as const;
export type SourceName = (typeof SOURCES)[number];
