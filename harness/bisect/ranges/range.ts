// SPDX-License-Identifier: MIT
import type { Result } from '../../base/result.ts';
import type { Candidate } from '../../trial/candidate.ts';

/** What may be the culprit: a patch, a commit, a line of a configuration. */
export interface Suspect {
  /** The same in every run: what the journal knows it by. */
  readonly id: string;
  /** For a person. */
  readonly label: string;
  /** Indexes of older suspects; see {@link file://../question/search.ts}. */
  readonly parents: readonly number[];
  /** The state in which it came in last. */
  readonly candidate: () => Promise<Result<Candidate>>;
}

/** What lies between a good state and a bad one. */
export interface BisectRange {
  /** In words: `patches 1 to 13 of synos`. */
  readonly title: string;
  readonly good: readonly Candidate[];
  /** Oldest first; the last one is the state that is bad. */
  readonly suspects: readonly Suspect[];
  /** The bad state without one suspect. Fails with `unbuildable` where that alone cannot be taken out. */
  readonly without: (index: number) => Promise<Result<Candidate>>;
  /**
   * The commands that test the culprit's state and the one before it; a person adds what to
   * test. Empty where the command cannot reach these states.
   */
  readonly byHand: (index: number, command: 'boot-test' | 'cost') => readonly string[];
}
