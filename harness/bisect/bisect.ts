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
import { search, SURE, type Answer } from './question/search.ts';

export interface BisectOptions {
  readonly line: BisectRange;
  readonly question: Question;
  /** The programs that the question is about; the others are of no interest. */
  readonly plan: Plan;
  readonly spec: RunSpec;
  /** How often each state is run; undefined: as often as the measured rate of failure asks for. */
  readonly runs: number | undefined;
  /** Forget what an earlier bisection of the same has found out. */
  readonly fresh: boolean;
  /** What the command has to be told besides, for a person to see the same. */
  readonly again: string;
  /** All that makes two bisections the same. */
  readonly identity: Readonly<Record<string, unknown>>;
}

/** What came of taking the culprit out. */
export interface Cure {
  readonly verdict: 'cured' | 'not cured' | 'unknown';
  readonly why: string;
}

export interface Bisected {
  readonly line: string;
  readonly question: string;
  /** How often it failed at the bad end. */
  readonly measured: Tally;
  readonly steps: readonly Step[];
  /** The culprit; or all that it may be, where what lies between could not be asked. */
  readonly suspects: readonly string[];
  /** Of the culprit, as far as runs can tell: 1 less the chance that it is an older one. */
  readonly confidence: number;
  /** How the culprit fails. */
  readonly why: string;
  /** Lines of the culprit in the stack of its kernel report. */
  readonly blame: readonly StackLine[];
  /** Undefined where there is no single culprit. */
  readonly cure: Cure | undefined;
  readonly byHand: readonly string[];
}

/** Of a step, that a good answer is wrong; what it costs is a step more, as parents are asked again. */
const DOUBT_OF_STEP = 0.1;

/**
 * Verifies both ends, finds the first state that is bad, takes what came in with
 * it out of the last one, and looks whether that cured it. Fails with `usage`
 * where an end is not what it was said to be.
 */
export const bisect = (context: Context, wanted: BisectOptions): Promise<Result<Bisected>> => {
  const { line, question } = wanted;
  const journal = new Journal(context.cache, { ...wanted.identity, question });
  const busy = fail('usage', 'the same bisection is running already', {
    where: journal.lock,
    remedy: 'wait for it, or end it: what it has found out is kept',
  });
  return withLock(
    context,
    journal.lock,
    async () => {
      if (wanted.fresh) await journal.forget();
      const before = await journal.read();
      if (before.length > 0)
        context.emit({
          type: 'warning',
          text: `going on with a bisection that was interrupted: ${before.length} answers are known (--fresh forgets them)`,
        });
      const { plan, spec } = wanted;
      const asking = new BisectSearch(
        context,
        { question, plan, spec, journal, runs: wanted.runs },
        before,
      );
      const found = await walk(context, wanted, asking);
      if (!found.ok) return found;
      await journal.forget();
      return ok({
        line: line.title,
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
  wanted: BisectOptions,
  asking: BisectSearch,
): Promise<Result<Walked>> => {
  const { line } = wanted;
  const last = line.suspects.length - 1;
  const bad = await askBad(context, asking, at(line, last), wanted.runs);
  if (!bad.ok) return bad;
  const { measured, headers } = bad.value;
  asking.headers = headers;
  const rate = asking.isCertain ? 1 : rateOf(measured);
  const needed = (doubt: number): number =>
    wanted.runs ?? (asking.isCertain ? 1 : runsFor(rate, doubt));
  for (const good of line.good) {
    const asked = await askGood(asking, good, needed(SURE));
    if (!asked.ok) return asked;
  }
  const found = await search(line.suspects, async (index, sure): Promise<Result<Answer>> => {
    const said = await asking.ask(at(line, index), needed(sure ? SURE : DOUBT_OF_STEP));
    if (!said.ok) return said;
    const { verdict, runs } = said.value;
    if (verdict !== 'good') return ok({ verdict });
    return ok({ verdict, doubt: asking.isCertain ? 0 : doubtAfter(rate, runs) });
  });
  if (!found.ok) return found;
  const { suspects, doubt } = found.value;
  const [culprit, ...others] = suspects;
  const labels = suspects.map((index) => line.suspects[index]?.label ?? '');
  const measure = { measured, suspects: labels, confidence: 1 - doubt };
  if (culprit === undefined || others.length > 0)
    return ok({ ...measure, why: '', blame: [], cure: undefined, byHand: [] });
  const known = asking.known(line.suspects[culprit]?.id ?? '');
  const cure = await takeOut(context, asking, line, culprit, needed(SURE));
  if (!cure.ok) return cure;
  return ok({
    ...measure,
    why: known?.why ?? '',
    blame: blameFor(known?.stack ?? [], labels[0] ?? ''),
    cure: cure.value,
    byHand: line
      .byHand(culprit, wanted.question.kind === 'cost' ? 'cost' : 'boot-test')
      .map((command) => `${command} ${wanted.again}`.trim()),
  });
};

const at = (line: BisectRange, index: number): Asked => {
  const suspect = line.suspects[index];
  if (!suspect) throw new Error(`there is no suspect ${index}`);
  return suspect;
};

/** The bad state without the culprit: an independent witness. */
const takeOut = async (
  context: Context,
  asking: BisectSearch,
  line: BisectRange,
  culprit: number,
  runs: number,
): Promise<Result<Cure>> => {
  const without = await line.without(culprit);
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
