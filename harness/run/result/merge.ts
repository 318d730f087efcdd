// SPDX-License-Identifier: MIT
import { gravest } from '../../base/outcome.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { exitCodeOfRun } from './exit-code.ts';
import { isRun, type KeptResult, type KeptRun } from './result-file.ts';
import type { ProgramResult } from './program-result.ts';
import type { RunResult } from './result.ts';

/** A shard of a run, and the directory below the whole's that its files come to lie in. */
export interface Part<K extends KeptResult = KeptResult> {
  readonly kept: K;
  readonly name: string;
}

const isRunPart = (part: Part): part is Part<KeptRun> => isRun(part.kept);

/** What shards were cut from; all of it must be the same in each. */
const SAME = {
  'the architecture': ({ architecture }: RunResult) => architecture,
  'the source': ({ source }: RunResult) => source.digest,
  'the patches': ({ patchset }: RunResult) => patchset,
  'the kernel': ({ kernel }: RunResult) => kernel.fingerprint,
  'the image': ({ image }: RunResult) => image.fingerprint,
  'the machine': ({ machine: { accelerator, cpus, memoryMiB } }: RunResult) =>
    [accelerator, cpus, memoryMiB].join(' '),
  'the plan': ({ shard }: RunResult) => shard?.plan.join(' '),
  'the number of shards': ({ shard }: RunResult) => shard?.of,
} as const;

/**
 * The run that shards are the parts of: all programs of the plan, in its order, each
 * once. Fails with `usage` for shards of different runs, and where a shard or a program
 * is missing or is there twice: nothing may pass because it was left out.
 */
export const mergeShards = (all: readonly Part[]): Result<RunResult> => {
  const parts = all.filter(isRunPart);
  const failed = all.find((part) => !isRunPart(part));
  if (failed) return refuse(`${failed.kept.directory} came to no run`, 'run that shard again');
  const results = parts.map(({ kept }) => kept.result);
  const [first] = results;
  if (first?.shard === undefined || results.some(({ shard }) => shard === undefined)) {
    const whole = parts.find(({ kept }) => kept.result.shard === undefined);
    return refuse(`${whole?.kept.directory ?? 'nothing'} is no shard of a run`);
  }
  for (const [what, of] of Object.entries(SAME)) {
    const other = parts.find(({ kept }) => of(kept.result) !== of(first));
    if (other) return refuse(`${what} of ${other.kept.directory} is another than the first one's`);
  }
  const { plan, of } = first.shard;
  const indexes = Array.from({ length: of }, (_, n) => n + 1);
  const wrong = onceEach(
    indexes.map((index) => `shard ${index} of ${of}`),
    results.map(({ shard }) => `shard ${shard?.index ?? 0} of ${of}`),
  );
  if (wrong !== undefined) return refuse(wrong);
  const programs = parts.flatMap(({ kept, name }, index) =>
    kept.result.programs.map(movedTo(name, bootsIn(results.slice(0, index)))),
  );
  const amiss = onceEach(
    plan,
    programs.map(({ name }) => name),
  );
  if (amiss !== undefined)
    return refuse(amiss, 'cut all shards by the same durations.json of the cache');
  const { schema, kind, architecture, source, series, patchset, kernel, image, machine } = first;
  // A kernel that did not come up counts before an environment that did not hold.
  const stops = results.flatMap(({ stopped }) => stopped ?? []);
  const stopped = stops.find(({ by }) => by === 'kernel') ?? stops[0];
  const whole = {
    programs: plan.flatMap((name) => programs.filter((program) => program.name === name)),
    strayReports: results.flatMap(({ strayReports }) => strayReports),
    ...(stopped ? { stopped } : {}),
  };
  return ok({
    ...{ schema, kind, architecture, source, series, patchset, kernel, image, machine },
    ...whole,
    started: results.map(({ started }) => started).sort()[0] ?? first.started,
    milliseconds: spanOf(results),
    baseReports: results.flatMap(({ baseReports }) => baseReports),
    steps: results.flatMap(({ steps }) => steps),
    // A shard of skipped programs alone has not passed; the whole may have. But a signal stays one.
    exitCode: gravest([
      exitCodeOfRun(whole),
      ...results.map(({ exitCode }) => exitCode).filter((code) => code > 128),
    ]),
  });
};

/** From the first one's begin to the last one's end: they ran side by side. */
const spanOf = (results: readonly RunResult[]): number => {
  const begins = results.map(({ started }) => Date.parse(started));
  const ends = results.map(({ started, milliseconds }) => Date.parse(started) + milliseconds);
  return Math.max(...ends) - Math.min(...begins);
};

/** What is missing or there more than once; undefined where all is right. */
export const onceEach = (
  names: readonly string[],
  found: readonly string[],
): string | undefined => {
  const missing = names.filter((name) => !found.includes(name));
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  const twice = found.filter((name, index) => found.indexOf(name) !== index);
  if (twice.length > 0) return `there twice: ${[...new Set(twice)].join(', ')}`;
  const strange = found.filter((name) => !names.includes(name));
  return strange.length > 0 ? `not in the plan: ${strange.join(', ')}` : undefined;
};

/** How many VMs some runs had. */
const bootsIn = (results: readonly RunResult[]): number =>
  results
    .map(({ programs }) => Math.max(0, ...programs.map(({ boot }) => boot)))
    .reduce((sum, boots) => sum + boots, 0);

/** Its files are named from the whole's directory, its VMs counted on from those of others. */
const movedTo =
  (directory: string, boots: number) =>
  (program: ProgramResult): ProgramResult => {
    const { output, stuck, runs, console, boot } = program;
    const move = (file: string): string => `${directory}/${file}`;
    return {
      ...program,
      boot: boot === 0 ? 0 : boot + boots,
      ...(output === undefined ? {} : { output: move(output) }),
      ...(console === undefined ? {} : { console: move(console) }),
      ...(stuck === undefined
        ? {}
        : {
            stuck: {
              ...stuck,
              log: move(stuck.log),
              ...(stuck.core === undefined ? {} : { core: move(stuck.core) }),
            },
          }),
      ...(runs === undefined ? {} : { runs: runs.map(movedTo(directory, boots)) }),
    };
  };

const refuse = (what: string, remedy?: string): Result<never> =>
  fail(
    'usage',
    `these are not the shards of one run: ${what}`,
    remedy === undefined ? {} : { remedy },
  );
