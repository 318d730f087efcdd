// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { X86_64 } from '../arch/x86_64/record.ts';
import { RUN_RESULT, SCHEMA, type RunResult } from './result.ts';

/** What a result.json held before it told its kind and its architecture: such are read for ever. */
export const SCHEMA_1 = RUN_RESULT.omit({ kind: true, architecture: true })
  .extend({ schema: z.literal(1) })
  .transform((old): RunResult => ({
    ...old,
    schema: SCHEMA,
    kind: 'run',
    architecture: X86_64.name,
  }));
