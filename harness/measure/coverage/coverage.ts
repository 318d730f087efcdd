// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join as joinPath, posix } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { parseConfig } from '../../kconfig/fragment.ts';
import { notesOf, whyUncounted } from '../../kernel/make/gcov.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { obtainKernel } from '../../kernel/obtain.ts';
import { addressOf } from '../../kernel/symbols.ts';
import { environmentFailure } from '../../run/schedule/execute.ts';
import { prepareWithSource } from '../../run/prepare.ts';
import { layered, type RunSpec } from '../../run/spec.ts';
import type { ProgramResult } from '../../run/result/program-result.ts';
import { runPlan } from '../../run/run-plan.ts';
import { applySeries, type Applied } from '../../series/apply/apply.ts';
import { CoverageCollector, type CounterPlaces } from './coverage-collector.ts';
import { filesToCount } from './counted-files.ts';
import { plus } from './counts.ts';
import { linesRun, type Runs } from './gcov.ts';
import type { Counts } from './gcov-info.ts';
import { join, type Joined } from './join.ts';

/** What the programs ran of what a series adds. */
export interface Coverage extends Joined {
  readonly series: readonly string[];
  readonly outcomes: readonly Pick<ProgramResult, 'name' | 'outcome' | 'why'>[];
  /** C files of the series that nothing is known of, and why. */
  readonly uncounted: readonly { readonly file: string; readonly why: string }[];
  /** Programs whose counts went with their VM. */
  readonly lost: readonly string[];
}

/**
 * Builds the kernel with counters in the files of a series, and the C files of `count`,
 * runs the programs, reads the counters out of the guests and joins them with the patches.
 */
export const coverage = async (
  context: Context,
  asked: RunSpec,
  count: readonly string[],
): Promise<Result<Coverage>> => {
  const variants = asked.kernel.variants.includes('gcov') ? [] : ['gcov'];
  const prepared = await prepareWithSource(context, layered(asked, { kernel: { variants } }));
  if (!prepared.ok) return prepared;
  const { source, inputs, plan, spec, variant } = prepared.value;
  const { series, fragments } = inputs;
  const applied = await applySeries(context, source, series);
  if (!applied.ok) return applied;
  const files = filesToCount([...applied.value.touched], count);
  if (!files.ok) return files;
  const counted = files.value;
  // boot-test decides what its warnings mean.
  const subject = { source, series, fragments, variant, allowWarnings: true, counted };
  const kernel = await obtainKernel(context, subject);
  if (!kernel.ok) return kernel;
  const places = await counterPlaces(kernel.value);
  if (!places.ok) return places;
  const collector = new CoverageCollector(places.value);
  const ran = await runPlan(context, kernel.value, plan, spec, { observer: collector });
  if (!ran.ok) return ran;
  if (context.signal.aborted) return fail('interrupted', 'interrupted');
  const failed = environmentFailure(ran.value);
  if (failed) return { ok: false, failure: failed };

  const { gcc } = places.value;
  const runsOf = (counts: Counts): Promise<Result<Runs>> =>
    linesRun(context, kernel.value, counted, counts, gcc);
  const boot = collector.boot ?? [];
  const programs = new Map<string, Runs>();
  let all = boot;
  for (const [name, counts] of collector.programs) {
    const runs = await runsOf(counts);
    if (!runs.ok) return runs;
    programs.set(name, runs.value);
    all = plus(all, counts);
  }
  const [total, atBoot] = [await runsOf(all), await runsOf(boot)];
  if (!total.ok) return total;
  if (!atBoot.ok) return atBoot;
  const joined = join({
    patches: applied.value.patches.map(({ patch }) => patch),
    owners: kernel.value.owners,
    sources: await sourcesOf(applied.value, [...total.value.keys()]),
    total: total.value,
    boot: atBoot.value,
    programs,
  });
  return ok({
    ...joined,
    series: series.map(({ name }) => name),
    outcomes: ran.value.programs.map(({ name, outcome, why }) => ({
      name,
      outcome,
      ...(why === undefined ? {} : { why }),
    })),
    uncounted: await uncountedOf(kernel.value, applied.value, counted),
    lost: collector.lost,
  });
};

/** Where the counters are. Fails with `unbuildable` where the kernel has none. */
const counterPlaces = async (kernel: Kernel): Promise<Result<CounterPlaces>> => {
  const [from, to, head] = await Promise.all(
    ['_text', '_end', 'gcov_info_head'].map((name) => addressOf(kernel, name)),
  );
  const config = parseConfig(await readFile(joinPath(kernel.directory, 'config'), 'utf8'));
  const gcc = Math.floor(Number(config.get('CONFIG_GCC_VERSION')) / 10_000);
  return from === undefined || to === undefined || head === undefined || !(gcc > 0)
    ? fail('unbuildable', 'this kernel holds no counters of gcov', {
        remedy: 'they are made with GCC, and CONFIG_GCOV_KERNEL=y',
      })
    : ok({ from, to, head, gcc });
};

const atCommit = async ({ repository, commit }: Applied, file: string): Promise<string> =>
  text(await git(['--git-dir', repository, 'show', `${commit}:${file}`]));

const sourcesOf = async (
  applied: Applied,
  files: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const sources = new Map<string, readonly string[]>();
  for (const file of files)
    if (applied.touched.has(file)) sources.set(file, (await atCommit(applied, file)).split('\n'));
  return sources;
};

const uncountedOf = async (
  kernel: Kernel,
  applied: Applied,
  files: readonly string[],
): Promise<Coverage['uncounted']> => {
  const without = files.filter((file) => notesOf(kernel, file) === undefined);
  return Promise.all(
    without.map(async (file) => {
      const makefile = await atCommit(applied, posix.join(posix.dirname(file), 'Makefile'));
      return { file, why: await whyUncounted(kernel, file, makefile) };
    }),
  );
};
