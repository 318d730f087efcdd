// SPDX-License-Identifier: MIT
import type { Outcome } from '../../base/outcome.ts';
import { failedIn, skipped, type Ktap } from '../../ktap/read.ts';

export interface Verdict {
  readonly outcome: Outcome;
  /** Why it is not a plain pass. */
  readonly why: string | undefined;
}

/**
 * Of a selftest of the kernel, whose runner looks at nothing but the exit status: never better
 * than that, and worse where what it printed says so.
 */
export const outcomeOfSelftest = (status: number, ktap: Ktap): Verdict => {
  const bad = failedIn(ktap.results).map(({ name }) => name);
  if (bad.length > 0) return { outcome: 'fail', why: failing(bad, ktap) };
  // 4 is KSFT_SKIP (tools/testing/selftests/kselftest.h).
  const all = ktap.results;
  const skip = ktap.skipAll ?? (all.length > 0 && all.every(skipped) ? all[0]?.reason : undefined);
  if (status === 4) return { outcome: 'skip', why: skip ?? 'it exited with 4, KSFT_SKIP' };
  if (status !== 0) return { outcome: 'fail', why: `it exited with ${status}` };
  const [lack] = ktap.lacking;
  if (lack !== undefined) return { outcome: 'fail', why: `it exited with 0, but ${lack}` };
  return skip === undefined ? { outcome: 'pass', why: undefined } : { outcome: 'skip', why: skip };
};

/** The bits of an exit status (include/tst_res_flags.h of LTP), the gravest first. */
const LTP_BITS = [
  [1, 'TFAIL'],
  [2, 'TBROK'],
  [4, 'TWARN'],
  [32, 'TCONF'],
] as const;

/** Of a test of LTP: a warning alone is a failure, as it is for whoever looks at exit statuses. */
export const outcomeOfLtp = (status: number, output: string): Verdict => {
  const said = (word: string): string | undefined =>
    output
      .split('\n')
      .findLast((line) => new RegExp(`\\b${word}\\b *:`).test(line))
      ?.trim();
  const words = LTP_BITS.filter(([bit]) => (status & bit) !== 0).map(([, word]) => word);
  const [worst] = words;
  if (status === 0) {
    const bad = said('TFAIL') ?? said('TBROK');
    return bad === undefined
      ? { outcome: 'pass', why: undefined }
      : { outcome: 'fail', why: `it exited with 0, but printed ${bad}` };
  }
  const known = LTP_BITS.reduce((bits, [bit]) => bits | bit, 0);
  if (worst === undefined || (status & ~known) !== 0)
    return { outcome: 'fail', why: `it exited with ${status}` };
  const why = said(worst) ?? `it exited with ${status}, ${words.join(' and ')}`;
  return { outcome: worst === 'TCONF' ? 'skip' : 'fail', why };
};

/** In words, which results failed. */
export const failing = (names: readonly string[], { results }: Ktap): string =>
  `${names.length} of ${results.length} failed: ${names.slice(0, 5).join(', ')}`;
