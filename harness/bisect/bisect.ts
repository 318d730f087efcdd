// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { withLock } from '../base/cache/lock.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { blameFor, type StackLine } from '../run/program/explain.ts';
import type { Plan } from '../run/tests/plan.ts';
import type { RunSpec } from '../run/spec.ts';
import { BisectSearch, type Asked, type Step } from './bisect-search.ts';
import { Journal } from './journal.ts';
import type { BisectRange } from './ranges/range.ts';
import { askBad, askGood } from './ends.ts';
import { describeQuestion, type Question } from './question/question.ts';
import { doubtAfter, rateOf, runsFor, type Tally } from './question/rate.ts';
import { search, SURE, type NodeVerdict } from './question/search.ts';

export interface BisectOptions {
  readonly range: BisectRange;
  readonly question: Question;
  /** The programs that the question is about; the others are of no interest. */
  readonly plan: Plan;
  readonly spec: RunSpec;
  /** How often each state runs; undefined: as often as the measured failure rate requires. */
  readonly runs: number | undefined;
  /** Forget the answers of an earlier bisection of the same. */
  readonly fresh: boolean;
  /** More options of the command by which a person sees the same failure. */
  readonly again: string;
  /** All that makes two bisections the same. */
  readonly identity: Readonly<Record<string, unknown>>;
}

/** Whether the fault goes away without the culprit. */
export interface Cure {
  readonly verdict: 'cured' | 'not cured' | 'unknown';
  readonly why: string;
}

export interface Bisected {
  /** What was searched, in words. */
  readonly line: string;
  readonly question: string;
  /** How often it failed at the bad end. */
  readonly measured: Tally;
  readonly steps: readonly Step[];
  /** The culprit; or all candidates for it, where the states between them could not be asked. */
  readonly suspects: readonly string[];
  /** 1 minus the chance that an older suspect is the culprit. */
  readonly confidence: number;
  /** How the culprit fails. */
  readonly why: string;
  /** Lines of the culprit in the stack of its kernel report. */
  readonly blame: readonly StackLine[];
  /** Undefined where there is no single culprit. */
  readonly cure: Cure | undefined;
  readonly byHand: readonly string[];
}

/** The accepted chance that a good answer of a step is wrong: it costs a step, as parents are asked again. */
const DOUBT_OF_STEP = 0.1;

/**
 * Verifies both ends, finds the first bad state, and then tries the bad end without the
 * culprit. Fails with `usage` where an end is not what the user said.
 */
export const bisect = (context: Context, options: BisectOptions): Promise<Result<Bisected>> => {
  const { range, question } = options;
  const journal = new Journal(context.cache, { ...options.identity, question });
  const busy = fail('usage', 'the same bisection is running already', {
    where: journal.lock,
    remedy: 'wait for it, or end it: what it has found out is kept',
  });
  return withLock(
    context,
    journal.lock,
    async () => {
      if (options.fresh) await journal.forget();
      const before = await journal.read();
      if (before.length > 0)
        context.emit({
          type: 'warning',
          text: `going on with a bisection that was interrupted: ${before.length} answers are known (--fresh forgets them)`,
        });
      const { plan, spec } = options;
      const asking = new BisectSearch(
        context,
        { question, plan, spec, journal, runs: options.runs },
        before,
      );
      const found = await walk(context, options, asking);
      if (!found.ok) return found;
      await journal.forget();
      return ok({
        line: range.title,
        question: describeQuestion(question),
        steps: asking.steps,
        ...found.value,
      });
    },
    { busy },
  );
};

type Walked = Omit<Bisected, 'line' | 'question' | 'steps'>;

const walk = async (
  context: Context,
  options: BisectOptions,
  asking: BisectSearch,
): Promise<Result<Walked>> => {
  const { range } = options;
  const last = range.suspects.length - 1;
  const bad = await askBad(context, asking, { asked: at(range, last), runs: options.runs });
  if (!bad.ok) return bad;
  const { measured, headers } = bad.value;
  asking.headers = headers;
  const rate = asking.isCertain ? 1 : rateOf(measured);
  const needed = (doubt: number): number =>
    options.runs ?? (asking.isCertain ? 1 : runsFor(rate, doubt));
  for (const good of range.good) {
    const asked = await askGood(asking, good, needed(SURE));
    if (!asked.ok) return asked;
  }
  const found = await search(range.suspects, async (index, sure): Promise<Result<NodeVerdict>> => {
    const said = await asking.ask(at(range, index), needed(sure ? SURE : DOUBT_OF_STEP));
    if (!said.ok) return said;
    const { verdict, runs } = said.value;
    if (verdict !== 'good') return ok({ verdict });
    return ok({ verdict, doubt: asking.isCertain ? 0 : doubtAfter(rate, runs) });
  });
  if (!found.ok) return found;
  const { suspects, doubt } = found.value;
  const [culprit, ...others] = suspects;
  const labels = suspects.map((index) => range.suspects[index]?.label ?? '');
  const measure = { measured, suspects: labels, confidence: 1 - doubt };
  if (culprit === undefined || others.length > 0)
    return ok({ ...measure, why: '', blame: [], cure: undefined, byHand: [] });
  const known = asking.known(range.suspects[culprit]?.id ?? '');
  const cure = await takeOut(asking, { range, culprit, runs: needed(SURE) });
  if (!cure.ok) return cure;
  return ok({
    ...measure,
    why: known?.why ?? '',
    blame: blameFor(known?.stack ?? [], labels[0] ?? ''),
    cure: cure.value,
    byHand: range
      .byHand(culprit, options.question.kind === 'cost' ? 'cost' : 'boot-test')
      .map((command) => `${command} ${options.again}`.trim()),
  });
};

const at = (range: BisectRange, index: number): Asked => {
  const suspect = range.suspects[index];
  if (!suspect) throw new Error(`there is no suspect ${index}`);
  return suspect;
};

interface CureOptions {
  readonly range: BisectRange;
  /** Its index among the suspects. */
  readonly culprit: number;
  readonly runs: number;
}

/** The bad state without the culprit: an independent witness. */
const takeOut = async (
  asking: BisectSearch,
  { range, culprit, runs }: CureOptions,
): Promise<Result<Cure>> => {
  const without = await range.without(culprit);
  if (!without.ok)
    return without.failure.kind === 'unbuildable'
      ? ok({ verdict: 'unknown', why: `it cannot be taken out alone: ${without.failure.what}` })
      : without;
  const { label } = without.value;
  const asked = await asking.ask(
    { id: label, candidate: () => Promise.resolve(ok(without.value)) },
    runs,
  );
  if (!asked.ok) return asked;
  const { verdict, why, runs: had } = asked.value;
  const often = had === 1 ? 'in one run' : `in ${had} runs`;
  switch (verdict) {
    case 'good':
      return ok({ verdict: 'cured', why: `${label}: ${why}, ${often}` });
    case 'bad':
      return ok({ verdict: 'not cured', why: `${label} it still fails: ${why}` });
    case 'skip':
      return ok({ verdict: 'unknown', why: `${label}: ${why}` });
  }
};
