// SPDX-License-Identifier: MIT

/** How often something was tried, and how often it failed in the way in question. */
export interface Tally {
  readonly runs: number;
  readonly failures: number;
}

/** What failed every time is held for certain to this degree, no further. */
const CERTAIN = 0.9;
/** The one-sided 95th percentile of the normal distribution. */
const Z = 1.645;

/**
 * The rate of failure to count with, given what was seen: not the one seen, but
 * the least that goes with it (the lower bound of Wilson's score interval).
 */
export const rateOf = ({ runs, failures }: Tally): number => {
  if (failures === runs) return CERTAIN;
  const seen = failures / runs;
  const spread = Z * Math.sqrt((seen * (1 - seen)) / runs + Z ** 2 / (4 * runs ** 2));
  return (seen + Z ** 2 / (2 * runs) - spread) / (1 + Z ** 2 / runs);
};

/** The chance that what fails at this rate has passed so many times in a row. */
export const doubtAfter = (rate: number, runs: number): number => (1 - rate) ** runs;

/** So many runs in a row must pass until the doubt is no more than that. */
export const runsFor = (rate: number, doubt: number): number =>
  Math.max(1, Math.ceil(Math.log(doubt) / Math.log(1 - rate) - 1e-9));
