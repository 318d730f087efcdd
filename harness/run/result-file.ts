// SPDX-License-Identifier: MIT
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { StepName } from '../base/events.ts';
import { OUTCOMES, type Outcome } from '../base/outcome.ts';
import { fail, ok, type Result } from '../base/result.ts';
import type { KtapResult } from '../ktap/read.ts';
import type { ProgramResult, RunResult } from './result.ts';

const strings = z.array(z.string());
const count = z.int().nonnegative();
/** A file in the directory that it is looked for in, and nowhere else: it may be another's result. */
const ownFile = z.string().regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\0]+$/);

const ktapResult: z.ZodType<KtapResult> = z.strictObject({
  ok: z.boolean(),
  number: z.int(),
  name: z.string(),
  directive: z.string().optional(),
  reason: z.string(),
  get children() {
    return z.array(ktapResult);
  },
});

const kernelReport = z.strictObject({
  kind: z.string(),
  title: z.string(),
  lines: strings,
  fingerprint: z.string(),
});

const explainedReport = z.strictObject({
  ...kernelReport.shape,
  times: count,
  stack: z.array(
    z.strictObject({
      function: z.string(),
      file: z.exactOptional(z.string()),
      line: z.exactOptional(count),
      patch: z.exactOptional(z.string()),
      inlined: z.boolean(),
    }),
  ),
});

const programResult: z.ZodType<ProgramResult> = z.strictObject({
  name: z.string(),
  outcome: z.enum(Object.keys(OUTCOMES) as Outcome[]),
  why: z.string().optional(),
  began: z.exactOptional(count),
  milliseconds: z.number().nonnegative(),
  status: z.int().optional(),
  signal: z.string().optional(),
  results: z.array(ktapResult),
  reports: z.array(explainedReport),
  expected: z.exactOptional(z.array(explainedReport)),
  get runs() {
    return z.exactOptional(z.array(programResult));
  },
  output: z.exactOptional(ownFile),
  stuck: z.exactOptional(
    z.strictObject({
      processors: strings,
      tasks: strings,
      log: ownFile,
      core: z.exactOptional(ownFile),
    }),
  ),
  marks: z.exactOptional(strings),
  boot: count,
  console: z.exactOptional(ownFile),
});

/** What a result.json holds; `kbt report --schema` prints it as JSON schema. */
export const RUN_RESULT: z.ZodType<RunResult> = z.strictObject({
  schema: z.literal(1),
  cell: z.exactOptional(z.string()),
  started: z.iso.datetime(),
  milliseconds: z.number().nonnegative(),
  source: z.strictObject({
    version: z.string(),
    flavour: z.string(),
    digest: z.string(),
    verified: z.boolean(),
    unpinned: z.boolean(),
    tree: z.exactOptional(z.string()),
  }),
  series: z.array(
    z.strictObject({
      name: ownFile,
      patches: z.array(ownFile),
      directory: z.exactOptional(ownFile),
    }),
  ),
  patchset: z.string().regex(/^(?:[0-9a-f]{64})?$/),
  kernel: z.strictObject({ fingerprint: z.string(), release: z.string() }),
  image: z.strictObject({ fingerprint: z.string() }),
  machine: z.strictObject({
    accelerator: z.string(),
    cpus: count,
    memoryMiB: count,
    qemuArgv: strings,
  }),
  shard: z.exactOptional(z.strictObject({ index: count, of: count, plan: strings })),
  shuffle: z.exactOptional(count),
  programs: z.array(programResult),
  strayReports: z.array(explainedReport),
  baseReports: z.array(kernelReport),
  stopped: z.exactOptional(
    z.strictObject({
      by: z.enum(['kernel', 'environment']),
      what: z.string(),
      detail: z.string(),
    }),
  ),
  steps: z.array(
    z.strictObject({
      step: z.string() as z.ZodType<StepName>,
      began: count,
      milliseconds: count,
      end: z.enum(['done', 'cached', 'failed']),
      note: z.exactOptional(z.string()),
    }),
  ),
  exitCode: count,
});

/** A run that is over, and where its files lie. */
export interface KeptRun {
  readonly directory: string;
  readonly result: RunResult;
}

/** Reads the result.json that a path names, or that lies in it. Fails with `usage`. */
export const readRun = async (path: string): Promise<Result<KeptRun>> => {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isDirectory ? join(path, 'result.json') : path;
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return fail('usage', `${file} is no result of a run`, {
      detail: (error as Error).message,
      remedy: 'name a directory below results/, or a file that --json wrote',
    });
  }
  const parsed = RUN_RESULT.safeParse(data);
  if (parsed.success) return ok({ directory: dirname(file), result: parsed.data });
  const [issue] = parsed.error.issues;
  return fail('usage', `${file} is no result of a run that this kbt knows`, {
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  });
};
