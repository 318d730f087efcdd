// SPDX-License-Identifier: MIT
// Of the schema the types alone: --help has no time for zod.
import type { Failure, FailureKind } from './failure.ts';

export type { Failure, FailureCode, FailureKind } from './failure.ts';

/**
 * What may be expected to go wrong is a value of this type. An exception is a
 * bug in the harness and is turned into exit code 70's cousin, 3, at one edge
 * (cli/main.ts).
 */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A failure of a kind; its code is that of the kind where it has none of its own. */
export const fail = (
  kind: FailureKind,
  what: string,
  more: Partial<Omit<Failure, 'kind' | 'what'>> = {},
): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: { kind, code: kind, what, ...more },
});

/** The exit code that a failure stands for; an interruption by SIGINT is 130. */
export const exitCodeOf = (kind: FailureKind): number =>
  ({ usage: 64, unbuildable: 2, environment: 3, interrupted: 130 })[kind];
