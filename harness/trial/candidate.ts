// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { digestFile } from '../base/fingerprint.ts';
import { ok, type Failure, type Result } from '../base/result.ts';
import { imageOf, type Kernel } from '../kernel/kernel.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import type { KernelOptions } from '../kernel/obtain-build.ts';

/** One state of the source and its configuration that can be built. */
export interface Candidate {
  /** For a person: a patch, a commit, a line of a configuration. */
  readonly label: string;
  readonly kernel: KernelOptions;
}

/** A candidate whose kernel or programs could not be built. */
export interface Unbuilt {
  readonly kind: 'unbuilt';
  readonly failure: Failure;
  /** The compiler's first error, without file and line. */
  readonly error: string;
}

/** A candidate's kernel. */
export interface Built {
  readonly kind: 'built';
  /** Of the candidate. */
  readonly label: string;
  readonly kernel: Kernel;
  /** Digest of the image: equal images need not run twice. */
  readonly bytes: string;
}

/** Builds a candidate, whatever its warnings. Fails only where the environment does. */
export const buildCandidate = async (
  context: Context,
  candidate: Candidate,
): Promise<Result<Unbuilt | Built>> => {
  const built = await obtainKernel(context, { ...candidate.kernel, allowWarnings: true });
  if (!built.ok) return unbuilt(built.failure);
  const kernel = built.value;
  const { label } = candidate;
  return ok({ kind: 'built', label, kernel, bytes: await digestFile(imageOf(kernel)) });
};

/** A build that failed by its own fault is a value; any other failure stays one. */
export const unbuilt = (failure: Failure): Result<Unbuilt> =>
  failure.kind === 'unbuildable'
    ? ok({ kind: 'unbuilt', failure, error: failure.error ?? failure.what })
    : { ok: false, failure };
