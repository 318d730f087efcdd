// SPDX-License-Identifier: MIT
/** What became of one program. Every program is `not-run` until it has earned another. */
export type Outcome =
  | 'pass'
  | 'fail'
  | 'skip'
  | 'kernel-report'
  | 'hang'
  | 'timeout'
  | 'lost-vm'
  | 'killed'
  | 'error'
  | 'flaky'
  | 'not-run';

interface Meaning {
  /** The TAP line's status. */
  readonly tapOk: boolean;
  /** A TAP directive, where TAP 14 has one for it. */
  readonly directive?: 'SKIP';
  /** The element a JUnit testcase holds for it; none for a pass. */
  readonly junit: 'failure' | 'error' | 'skipped' | undefined;
  /** The status that KernelCI's database has for it; `MISS` where nothing was learnt. */
  readonly kcidb: 'PASS' | 'FAIL' | 'SKIP' | 'ERROR' | 'MISS';
  /** It came to its end by itself, and what it said was seen whole. */
  readonly whole: boolean;
  readonly exitCode: 0 | 1 | 3;
}

/** The one table of outcomes: whoever tells them apart otherwise adds a column. */
export const OUTCOMES: Readonly<Record<Outcome, Meaning>> = {
  pass: { tapOk: true, junit: undefined, kcidb: 'PASS', whole: true, exitCode: 0 },
  skip: {
    tapOk: true,
    directive: 'SKIP',
    junit: 'skipped',
    kcidb: 'SKIP',
    whole: true,
    exitCode: 0,
  },
  fail: { tapOk: false, junit: 'failure', kcidb: 'FAIL', whole: true, exitCode: 1 },
  'kernel-report': { tapOk: false, junit: 'failure', kcidb: 'FAIL', whole: false, exitCode: 1 },
  hang: { tapOk: false, junit: 'failure', kcidb: 'FAIL', whole: false, exitCode: 1 },
  timeout: { tapOk: false, junit: 'failure', kcidb: 'FAIL', whole: false, exitCode: 1 },
  'lost-vm': { tapOk: false, junit: 'error', kcidb: 'ERROR', whole: false, exitCode: 1 },
  killed: { tapOk: false, junit: 'error', kcidb: 'MISS', whole: false, exitCode: 3 },
  error: { tapOk: false, junit: 'error', kcidb: 'ERROR', whole: false, exitCode: 1 },
  flaky: { tapOk: false, junit: 'failure', kcidb: 'FAIL', whole: false, exitCode: 1 },
  'not-run': { tapOk: false, junit: 'error', kcidb: 'MISS', whole: false, exitCode: 1 },
};

export const isOutcome = (word: string): word is Outcome => Object.hasOwn(OUTCOMES, word);

const PRECEDENCE: readonly number[] = [143, 130, 64, 2, 1, 3, 0];

/**
 * The exit code of a whole run: the gravest of its parts by the precedence
 * 143/130, 2, 1, 3, 0. No parts at all is 1: nothing was shown to work.
 */
export const gravest = (codes: readonly number[]): number => {
  // A code of nobody's, a crash of node or of a shell, is the environment's.
  const known = codes.map((code) => (PRECEDENCE.includes(code) ? code : 3));
  return PRECEDENCE.find((code) => known.includes(code)) ?? 1;
};

/** The exit code of the outcomes of a plan; never 0 when nothing passed. */
export const exitCodeOfOutcomes = (outcomes: readonly Outcome[]): number => {
  const code = gravest(outcomes.map((o) => OUTCOMES[o].exitCode));
  return code === 0 && !outcomes.includes('pass') ? 1 : code;
};
