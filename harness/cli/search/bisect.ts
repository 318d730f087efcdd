// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import { digest } from '../../base/fingerprint.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { bisect, type Bisected } from '../../bisect/bisect.ts';
import { chooseQuestion } from '../../bisect/question/choose-question.ts';
import { commitRange } from '../../bisect/ranges/commits.ts';
import { withLimit } from '../../bisect/question/cost-question.ts';
import { historyRange } from '../../bisect/ranges/history.ts';
import type { BisectRange } from '../../bisect/ranges/range.ts';
import { optionRange } from '../../bisect/ranges/options.ts';
import { patchRange } from '../../bisect/ranges/patches.ts';
import { describeQuestion, type Question } from '../../bisect/question/question.ts';
import { isFound, renderBisect, renderBisectTap } from '../../report/series/bisect.ts';
import { renderForeseenKernels } from '../../report/series/foreseen.ts';
import { lookingOnly, NOT_HERE, prepareAtHand } from '../../run/foresee/at-hand.ts';
import { prepare, withSource, type Prepared } from '../../run/prepare.ts';
import { rootfsIdentity } from '../../run/rootfs.ts';
import { inDirectory, liesElsewhere, type RunSpec } from '../../run/spec.ts';
import { filesTouched } from '../../series/patch/contents.ts';
import { openUserTree } from '../../source/tree/user-tree.ts';
import { foreseeCandidates } from '../../trial/foresee.ts';
import { touchedAt } from '../../trial/revision-candidate.ts';
import { dryRun, type DryRunOption } from '../dry-run.ts';
import type { Invocation } from '../invocation.ts';
import { planFor, questionIn, type QuestionOptions } from './question-option.ts';
import type { OutputFiles } from '../results/rendering-options.ts';
import { deliverWalk } from '../results/walk.ts';

export interface BisectOptions extends QuestionOptions, OutputFiles, DryRunOption {
  readonly good?: string;
  readonly bad?: string;
  readonly goodConfig?: string;
  readonly badConfig?: string;
  readonly runs?: number;
  readonly history: boolean;
  readonly fresh: boolean;
}

export const bisectCommand = (options: BisectOptions, invocation: Invocation): Promise<number> =>
  options.dryRun
    ? dryRun(invocation, (context, spec) => foresee(lookingOnly(context), options, spec))
    : deliverWalk(invocation, options, {
        name: 'bisect',
        work: (context, spec) => work(context, options, spec),
        tap: renderBisectTap,
        text: renderBisect,
        good: isFound,
      });

/** More states than a person reads are not looked at one by one. */
const READ = 64;

/** What would be searched, how many states would be tried at most, and which kernels are there. */
const foresee = async (
  context: Context,
  options: BisectOptions,
  asks: RunSpec,
): Promise<Result<readonly string[]>> => {
  const asked = questionIn(options);
  if (!asked.ok) return asked;
  const prepared = await prepareAtHand(context, asks);
  if (!prepared.ok) return prepared;
  if (!prepared.value) return ok([NOT_HERE]);
  const known = asked.value ? planFor(prepared.value.plan, asked.value) : ok(undefined);
  if (!known.ok) return known;
  const between = await rangeIn(context, options, prepared.value);
  if (!between.ok) return between;
  const { title, good, suspects } = between.value.range;
  const halvings = Math.ceil(Math.log2(suspects.length));
  const lines = [
    `${title}: both ends, at most ${halvings} state${halvings === 1 ? '' : 's'} between them, the bad end without the culprit`,
  ];
  if (suspects.length > READ) return ok(lines);
  const candidates = [...good];
  for (const suspect of suspects) {
    const candidate = await suspect.candidate();
    if (!candidate.ok) return candidate;
    candidates.push(candidate.value);
  }
  const found = await foreseeCandidates(context, candidates);
  return found.ok ? ok([...lines, ...renderForeseenKernels(found.value)]) : found;
};

const work = async (
  context: Context,
  options: BisectOptions,
  asks: RunSpec,
): Promise<Result<Bisected>> => {
  const asked = questionIn(options);
  if (!asked.ok) return asked;
  const prepared = await prepare(context, asks);
  if (!prepared.ok) return prepared;
  const { plan, spec } = prepared.value;
  const between = await rangeIn(context, options, prepared.value);
  if (!between.ok) return between;
  const { range, source } = between.value;
  const chosen =
    asked.value === undefined
      ? await chooseQuestion(context, range, prepared.value)
      : ok(asked.value);
  if (!chosen.ok) return chosen;
  const { series, fragments, modules } = prepared.value.inputs;
  const settled =
    chosen.value.kind === 'cost'
      ? await withLimit(context, {
          range,
          question: { ...chosen.value, series: series.map(({ name }) => name) },
          spec,
        })
      : chosen;
  if (!settled.ok) return settled;
  const question: Question = settled.value;
  if (asked.value === undefined)
    context.emit({ type: 'warning', text: `asking: ${describeQuestion(question)}` });
  const about = planFor(plan, question);
  if (!about.ok) return about;
  const rootfs = await rootfsIdentity(spec);
  if (!rootfs.ok) return rootfs;
  return bisect(context, {
    range,
    question,
    plan: about.value,
    spec,
    runs: options.runs,
    fresh: options.fresh,
    again: againOf(asks, question),
    identity: {
      line: [range.title, ...range.suspects.map(({ id }) => id)],
      source,
      patches: series.flatMap((one) => one.patches.map((patch) => patch.digest)),
      fragments: digest(`${fragments.start ?? ''}${fragments.text}`),
      programs: about.value.programs,
      modules: modules?.map((source) => source.fingerprint),
      spec: inDirectory(spec, ''),
      rootfs: rootfs.value,
      runs: options.runs,
    },
  });
};

const rangeIn = async (
  context: Context,
  options: BisectOptions,
  prepared: Prepared,
): Promise<Result<{ readonly range: BisectRange; readonly source: string }>> => {
  const { goodConfig, badConfig, good, bad } = options;
  const { kernel } = prepared.spec;
  const { tree } = kernel.source;
  const configs = [goodConfig, badConfig].filter((file) => file !== undefined).length;
  if (configs === 1)
    return fail('usage', 'one configuration alone has no lines to search', {
      remedy: 'give both --good-config and --bad-config',
    });
  if (configs === 2 && (good ?? bad) !== undefined)
    return fail('usage', '--good and --bad name patches, --good-config and --bad-config lines', {
      remedy: 'search one of the two',
    });
  const { inputs, variant } = prepared;
  if (tree !== undefined && configs === 0 && inputs.series.length === 0) {
    const opened = await openUserTree(context, tree);
    if (!opened.ok) return opened;
    const warnings = options.warning !== undefined;
    const wanted = { tree: opened.value, inputs, variant, warnings };
    const range = await commitRange(context, wanted, { good, bad });
    return range.ok ? ok({ range: range.value, source: opened.value.directory }) : range;
  }
  if (options.history) {
    if (tree !== undefined || configs > 0 || liesElsewhere(kernel))
      return fail('usage', '--history looks at series below kernel-patches/ of this repository', {
        remedy: 'leave out --tree, --series-dir, --mbox and configurations',
      });
    const watched = options.warning === undefined ? {} : { watched: touchedAt(inputs) };
    const series = inputs.series.map(({ name }) => name);
    const about = { kernel, ...watched, series, variant };
    const range = await historyRange(context, about, { good, bad });
    return range.ok ? ok({ range: range.value, source: context.project }) : range;
  }
  const source = await withSource(context, prepared);
  if (!source.ok) return source;
  const { series, fragments, modules } = source.value.inputs;
  const shared = { source: source.value.source, series, options: fragments.options, modules };
  const watched =
    options.warning === undefined
      ? {}
      : { watched: [...new Set(series.flatMap((s) => s.patches).flatMap(filesTouched))] };
  const range =
    goodConfig === undefined || badConfig === undefined
      ? patchRange(context, { ...shared, ...watched, variant }, { good, bad })
      : await optionRange({ ...shared, goodConfig, badConfig, variant: 'own' });
  return range.ok ? ok({ range: range.value, source: source.value.source.digest }) : range;
};

/** The options of boot-test that this search was told, too. */
const againOf = ({ kernel, machine, tests }: RunSpec, question: Question): string => {
  const words = [
    ...tests.directories.flatMap((directory) => ['--test-dir', directory]),
    ...kernel.moduleDirectories.flatMap((directory) => ['--module-dir', directory]),
    ...(question.kind === 'test' ? ['--tests', question.program] : []),
    ...(kernel.variants.length > 0 ? ['--variant', kernel.variants.join(',')] : []),
    ...Object.entries(tests.environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...machine.append.flatMap((append) => ['--append', append]),
    ...(kernel.config === undefined ? [] : ['--config', kernel.config]),
  ];
  return words.map(quoted).join(' ');
};

/** As a shell takes it for one word. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
