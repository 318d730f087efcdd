// SPDX-License-Identifier: MIT

/** How often a state ran, and how often it failed in the way in question. */
export interface Tally {
  readonly runs: number;
  readonly failures: number;
}

/** The failure rate that a state counts with which failed every time. */
const CERTAIN = 0.9;
/** The one-sided 95th percentile of the normal distribution. */
const Z = 1.645;

/**
 * The failure rate to count with: the lower bound of Wilson's score interval, which is less
 * than the rate that was seen.
 */
export const rateOf = ({ runs, failures }: Tally): number => {
  if (failures === runs) return CERTAIN;
  const seen = failures / runs;
  const spread = Z * Math.sqrt((seen * (1 - seen)) / runs + Z ** 2 / (4 * runs ** 2));
  return (seen + Z ** 2 / (2 * runs) - spread) / (1 + Z ** 2 / runs);
};

/** The chance that a state with this failure rate passes `runs` times in a row. */
export const doubtAfter = (rate: number, runs: number): number => (1 - rate) ** runs;

/** How many runs in a row must pass until the doubt is at most `doubt`. */
export const runsFor = (rate: number, doubt: number): number =>
  Math.max(1, Math.ceil(Math.log(doubt) / Math.log(1 - rate) - 1e-9));
