// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { FIRST_ARCH } from '../../arch/host.ts';
import { FAILURE_KINDS } from '../../base/failure.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { exitCodeOf, fail } from '../../base/result.ts';
import { RUN_RESULT, SCHEMA, type AnyResult } from './result.ts';

const OLD = RUN_RESULT.omit({ kind: true, architecture: true }).extend({ schema: z.literal(1) });

/**
 * As it is told now. A cell of a matrix that came to no run was a run of nothing, without a
 * kernel, all of whose programs were not run for the same reason.
 */
const renewed = (old: ReadOnly<z.infer<typeof OLD>>): AnyResult => {
  const now = { ...old, schema: SCHEMA, architecture: FIRST_ARCH.name } as const;
  const { kernel, stopped, exitCode } = old;
  if (!stopped || kernel.fingerprint !== '') return { ...now, kind: 'run' };
  const { cell, started, milliseconds, steps, series, programs } = old;
  const signal = exitCode > 128 ? 'interrupted' : 'environment';
  const kind = FAILURE_KINDS.find((one) => exitCodeOf(one) === exitCode) ?? signal;
  const { what, detail } = stopped;
  return {
    ...{ schema: SCHEMA, kind: 'failed', architecture: FIRST_ARCH.name },
    ...(cell === undefined ? {} : { cell }),
    ...{ started, milliseconds, steps, series, exitCode },
    failure: fail(kind, what, detail === '' ? {} : { detail }).failure,
    plan: programs.map(({ name }) => name),
  };
};

/** What a result.json held before it told its kind and its architecture: such are read for ever. */
export const SCHEMA_1 = OLD.transform(renewed);
