// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { fileOf, type Roots } from '../../base/context.ts';
import { readDataFile } from '../../base/data-file.ts';
import { OUTCOMES, type Outcome } from '../../base/outcome.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { nameOfSelftest } from '../../guest/kselftest/wanted.ts';
import type { ProgramResult } from '../result/program-result.ts';

const BAD = (Object.keys(OUTCOMES) as Outcome[]).filter((one) => !OUTCOMES[one].tapOk);

const SCHEMA = z.record(
  z.string(),
  z.record(z.string(), z.strictObject({ outcome: z.enum(BAD), why: z.string().min(1) })),
);

/** By collection and test how it fails, and why. */
export type KnownFailures = z.infer<typeof SCHEMA>;

/** What fails of the kernel's selftests for a reason that is known. Fails with `unbuildable` at the place of an error. */
export const readKnownFailures = async (roots: Roots): Promise<Result<KnownFailures>> => {
  const file = fileOf(roots, 'kernel-patches', 'kselftest', 'known-failures.yaml');
  return existsSync(file) ? readDataFile(file, SCHEMA) : ok({});
};

/**
 * Looks whether a collection has the tests that are named: one that is misspelt would say nothing
 * for ever. Fails with `unbuildable`.
 */
export const checkKnownFailures = (
  known: KnownFailures,
  target: string,
  tests: readonly string[],
): Result<void> => {
  const odd = Object.keys(known[target] ?? {}).find((test) => !tests.includes(test));
  return odd === undefined
    ? ok(undefined)
    : fail('unbuildable', `known-failures.yaml: the collection ${target} has no test ${odd}`, {
        remedy: `there are: ${tests.join(', ')}`,
      });
};

/**
 * Results with the reason beside those that are known failures, which stay what they are, and in
 * words which of these pass.
 */
export const withReasons = (
  results: readonly ProgramResult[],
  known: KnownFailures,
): { readonly programs: readonly ProgramResult[]; readonly passing: readonly string[] } => {
  const byName = new Map(
    Object.entries(known).flatMap(([target, tests]) =>
      Object.entries(tests).map(([test, entry]) => [nameOfSelftest(target, test), entry] as const),
    ),
  );
  return {
    programs: results.map((result) => {
      const entry = byName.get(result.name);
      return entry?.outcome === result.outcome ? { ...result, known: entry.why } : result;
    }),
    passing: results
      .filter(({ name, outcome }) => outcome === 'pass' && byName.has(name))
      .map(({ name }) => `${name} passes, and is in known-failures.yaml`),
  };
};
