// SPDX-License-Identifier: MIT
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { FAILURE } from '../../base/failure.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { STEP_TIME } from '../../base/step-times.ts';
import { KERNEL_REPORT } from '../../kernel-log/reports.ts';
import type { Series } from '../../series/series.ts';
import { EXPLAINED_REPORT } from '../program/explain.ts';
import { OWN_FILE, PROGRAM_RESULT } from './program-result.ts';

/** Raised whenever a reader of before would misread what is written now. */
export const SCHEMA = 2;

const strings = z.array(z.string());
const count = z.int().nonnegative();

/** What stands for the flavour of a kernel whose source nobody knows. */
export const OWN_KERNEL = 'own kernel';

const SERIES_TOLD = z.strictObject({
  name: OWN_FILE,
  patches: z.array(OWN_FILE),
  /** Where it lies in the project, `kernel-patches/synos`; undefined where it lies elsewhere. */
  directory: z.exactOptional(OWN_FILE),
});

/** A series of a run. */
export type SeriesTold = ReadOnly<z.infer<typeof SERIES_TOLD>>;

export const tellSeries = (project: string, all: readonly Series[]): readonly SeriesTold[] =>
  all.map(({ name, patches, directory }) => {
    const within = relative(project, resolve(directory));
    const isWithin = within !== '' && !within.startsWith('..');
    return {
      name,
      patches: patches.map((patch) => patch.name),
      ...(isWithin ? { directory: within } : {}),
    };
  });

const COMMON = {
  schema: z.literal(SCHEMA),
  architecture: z.string().regex(/^[a-z0-9_]+$/),
  /** Of a matrix the cell that this is: `synos/kasan`. */
  cell: z.exactOptional(z.string()),
  started: z.iso.datetime(),
  milliseconds: z.number().nonnegative(),
  /** How far it came. */
  steps: z.array(STEP_TIME),
  exitCode: count,
};

/** A run that came to its programs, as result.json holds it. */
export const RUN_RESULT = z.strictObject({
  ...COMMON,
  kind: z.literal('run'),
  source: z.strictObject({
    version: z.string(),
    flavour: z.string(),
    digest: z.string(),
    verified: z.boolean(),
    unpinned: z.boolean(),
    /** Of a git tree of the user's: `1a2b3c4d5e6f, with uncommitted edits`. */
    tree: z.exactOptional(z.string()),
  }),
  series: z.array(SERIES_TOLD),
  /** sha256 over the sha256 of each patch, a line each; empty without patches. */
  patchset: z.string().regex(/^(?:[0-9a-f]{64})?$/),
  kernel: z.strictObject({ fingerprint: z.string(), release: z.string() }),
  image: z.strictObject({ fingerprint: z.string() }),
  machine: z.strictObject({
    accelerator: z.string(),
    cpus: count,
    memoryMiB: count,
    qemuArgv: strings,
  }),
  /** Where this is a part of a run: which of how many, and the programs of all. */
  shard: z.exactOptional(z.strictObject({ index: count, of: count, plan: strings })),
  /** The seed of the order in which they ran, where it was not that of the plan. */
  shuffle: z.exactOptional(count),
  programs: z.array(PROGRAM_RESULT),
  /** Kernel reports outside any program: at boot, or between two programs. */
  strayReports: z.array(EXPLAINED_REPORT),
  /** Data races in the base kernel alone: listed, not counted. */
  baseReports: z.array(KERNEL_REPORT),
  /** Why the run stopped before its plan was through, and whose fault that is. */
  stopped: z.exactOptional(
    z.strictObject({
      by: z.enum(['kernel', 'environment']),
      /** None where the result is older than codes. */
      code: z.exactOptional(FAILURE.shape.code),
      what: z.string(),
      detail: z.string(),
    }),
  ),
});

export type RunResult = ReadOnly<z.infer<typeof RUN_RESULT>>;

/** What came to no run: it failed before, or the command that failed runs none. */
export const FAILED_RESULT = z.strictObject({
  ...COMMON,
  kind: z.literal('failed'),
  failure: FAILURE,
  /** What would have been tested, and by which programs, where that is known. */
  series: z.exactOptional(z.array(SERIES_TOLD)),
  plan: z.exactOptional(strings),
});

export type FailedResult = ReadOnly<z.infer<typeof FAILED_RESULT>>;

/** What a result.json holds; `kbt report --schema` prints it as JSON schema. */
export const RESULT = z.discriminatedUnion('kind', [RUN_RESULT, FAILED_RESULT]);

export type AnyResult = RunResult | FailedResult;
