// SPDX-License-Identifier: MIT
import { upstreamOf, type Flavour, type Pin } from './pin.ts';

/** Which source it is, whether it is at hand or not. */
export interface SourceIdentity {
  /** As its Makefile says: 6.12.N. */
  readonly version: string;
  readonly flavour: Flavour;
  /** sha256 of the tarball, or `tree:` and the git tree of a directory. */
  readonly digest: string;
  /** False where the pin holds no digest to check it by. */
  readonly verified: boolean;
  /** True when this is not the version that is pinned. */
  readonly unpinned: boolean;
  /** The commit that warnings, owners and touched files are counted from; its own without it. */
  readonly base?: string;
  /** Of a git tree of the user's, neither pinned nor to be: `1a2b3c4d5e6f, with uncommitted edits`. */
  readonly tree?: string;
}

/** A kernel source that is at hand as a git repository. */
export interface Source extends SourceIdentity {
  /** Where it came from, for a person. */
  readonly origin: string;
  /** A bare repository whose {@link commit} is the unpatched tree. */
  readonly repository: string;
  readonly commit: string;
  /** Sources of one lineage share one checkout and one build; a source without it has its own. */
  readonly lineage?: string;
}

/** Whether it is the very version that kbt pins: what is unknown there is a mistake of a person's. */
export const isPinned = ({ tree, unpinned }: SourceIdentity): boolean =>
  tree === undefined && !unpinned;

/** A tarball or directory that was found but not yet unpacked. */
export interface Found {
  readonly path: string;
  readonly kind: 'tarball' | 'directory';
  readonly origin: string;
  /** What the pin wants it to be; undefined where the pin has no digest. */
  readonly expected: string | undefined;
}

export interface SourceOptions {
  /** A tarball or directory of the user's (`--source`, KBT_SOURCE). */
  readonly given: string | undefined;
  /** Nothing but the pinned and verified source will do. */
  readonly frozen: boolean;
}

/** The pinned source in each flavour that the pin has a digest of: known without being at hand. */
export const pinnedSources = (pin: Pin): readonly SourceIdentity[] => {
  const { version, debian, 'kernel.org': vanilla } = pin;
  const about = { version, verified: true, unpinned: false };
  const packages = Object.entries(debian.versions).filter(([name]) => upstreamOf(name) === version);
  return [
    ...(vanilla.sha256 === null
      ? []
      : [{ ...about, flavour: vanilla.flavour, digest: vanilla.sha256 }]),
    ...packages.map(([, digest]) => ({ ...about, flavour: debian.flavour, digest })),
  ];
};
