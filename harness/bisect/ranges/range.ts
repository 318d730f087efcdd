// SPDX-License-Identifier: MIT
import type { Result } from '../../base/result.ts';
import type { Candidate } from '../../trial/candidate.ts';

/** What may be the culprit: a patch, a commit, a line of a configuration. */
export interface Suspect {
  /** The same in every run: what the journal knows it by. */
  readonly id: string;
  /** For a person. */
  readonly label: string;
  /** Among the suspects, older than itself; see {@link file://./search.ts}. */
  readonly parents: readonly number[];
  /** The state in which it is the last thing to have come in. */
  readonly candidate: () => Promise<Result<Candidate>>;
}

/** What lies between a state that is good and one that is bad. */
export interface BisectRange {
  /** In words: `patches 1 to 13 of synos`. */
  readonly title: string;
  readonly good: readonly Candidate[];
  /** Oldest first; the last one is the state that is bad. */
  readonly suspects: readonly Suspect[];
  /**
   * The bad state without one of them. Fails with `unbuildable` where that one
   * cannot be taken out alone.
   */
  readonly without: (index: number) => Promise<Result<Candidate>>;
  /**
   * The commands that look at the culprit's state and the one before it, to which a
   * person adds what to test; none where that command cannot.
   */
  readonly byHand: (index: number, command: 'boot-test' | 'cost') => readonly string[];
}
