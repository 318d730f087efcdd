// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { ARCHITECTURE } from '../base/architecture.ts';
import { RUN_RESULT, SCHEMA, type RunResult } from './result.ts';

/** What a result.json held before it told its kind and its architecture: such are read for ever. */
export const SCHEMA_1 = RUN_RESULT.omit({ kind: true, architecture: true })
  .extend({ schema: z.literal(1) })
  .transform((old): RunResult => ({
    ...old,
    schema: SCHEMA,
    kind: 'run',
    architecture: ARCHITECTURE,
  }));
