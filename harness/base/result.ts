// SPDX-License-Identifier: MIT
/**
 * What may be expected to go wrong is a value of this type. An exception is a
 * bug in the harness and is turned into exit code 70's cousin, 3, at one edge
 * (cli/main.ts).
 */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** Why a step did not give its value, in words for the person who asked. */
export interface Failure {
  /** Decides the exit code, see {@link exitCodeOf}. */
  readonly kind: FailureKind;
  /** What is wrong, one line. */
  readonly what: string;
  /** Where: `file:line`, a patch, a hunk. */
  readonly where?: string;
  /** The tool's own words, already bounded in length. */
  readonly detail?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/**
 * - `usage`: the command line is wrong
 * - `unbuildable`: what was asked for could not be built
 * - `environment`: a tool, space, the network, the VM killed from outside
 * - `interrupted`: SIGINT or SIGTERM
 */
export type FailureKind = 'usage' | 'unbuildable' | 'environment' | 'interrupted';

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fail = (
  kind: FailureKind,
  what: string,
  more: Omit<Failure, 'kind' | 'what'> = {},
): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: { kind, what, ...more },
});

/** The exit code that a failure stands for; an interruption by SIGINT is 130. */
export const exitCodeOf = (kind: FailureKind): number =>
  ({ usage: 64, unbuildable: 2, environment: 3, interrupted: 130 })[kind];
