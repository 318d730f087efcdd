// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { OUTCOMES, type Outcome } from '../../base/outcome.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { KTAP_RESULT } from '../../ktap/read.ts';
import { EXPLAINED_REPORT } from '../program/explain.ts';

const strings = z.array(z.string());
const count = z.int().nonnegative();

/** A file in the directory that it is looked for in, and nowhere else: it may be another's result. */
export const OWN_FILE = z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/);

const ONE_RUN = z.strictObject({
  name: z.string(),
  outcome: z.enum(Object.keys(OUTCOMES) as Outcome[]),
  why: z.string().optional(),
  /** When it began, in milliseconds since 1970; undefined when it did not. */
  began: z.exactOptional(count),
  milliseconds: z.number().nonnegative(),
  /** Exit status; undefined when it did not exit by itself. */
  status: z.int().optional(),
  signal: z.string().optional(),
  results: z.array(KTAP_RESULT),
  reports: z.array(EXPLAINED_REPORT),
  /** Those that it provokes on purpose: they do not count against it. */
  expected: z.exactOptional(z.array(EXPLAINED_REPORT)),
  /** What it printed, relative to the result's directory. */
  output: z.exactOptional(OWN_FILE),
  /** The hang diagnostics of a program past its deadline, or of a guest that no longer answers. */
  stuck: z.exactOptional(
    z.strictObject({
      processors: strings,
      tasks: strings,
      /** All that it said, relative to the result's directory. */
      log: OWN_FILE,
      /** Its memory, likewise. */
      core: z.exactOptional(OWN_FILE),
    }),
  ),
  /** Why it fails, where that is known of a selftest of the kernel: it fails all the same. */
  known: z.exactOptional(z.string()),
  /** What the modules that it had loaded leak, in words. */
  leaks: z.exactOptional(z.string()),
  /** What it left behind, in words; the next program got a fresh VM. */
  marks: z.exactOptional(strings),
  /** The VM it ran in, from 1; 0 when it did not run. */
  boot: count,
  /** The console of that VM, relative to the result's directory. */
  console: z.exactOptional(OWN_FILE),
});

export const PROGRAM_RESULT = z.strictObject({
  ...ONE_RUN.shape,
  /** The series that it tests, where it is one of the project's. */
  series: z.exactOptional(z.string()),
  /** Where it ran more than once, all its runs in order. */
  runs: z.exactOptional(z.array(ONE_RUN)),
});

/** What became of one program of the plan. */
export type ProgramResult = ReadOnly<z.infer<typeof PROGRAM_RESULT>>;

/** `name: outcome, why`, for a person. */
export const describeProgram = ({ name, outcome, why }: ProgramResult): string =>
  `${name}: ${outcome}${why === undefined ? '' : `, ${why}`}`;
