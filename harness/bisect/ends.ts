// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { obtainKernel } from '../kernel/obtain.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Asked, BisectSearch } from './bisect-search.ts';
import type { Candidate } from '../trial/candidate.ts';
import { describeQuestion } from './question/question.ts';
import type { Tally } from './question/rate.ts';

/** An end that failed so often without a pass is taken to fail always. */
const ALWAYS = 3;
/** Enough failures to measure the failure rate of a flaky end, and the most runs to look for them. */
const FAILURES = 10;
const RUNS = 40;

/**
 * Asks the end that the user says is bad. It must fail; its failure rate decides how often
 * all other states run. Fails with `usage` where it never fails.
 */
export const askBad = async (
  context: Context,
  asking: BisectSearch,
  { asked, runs }: { readonly asked: Asked; readonly runs: number | undefined },
): Promise<Result<{ readonly measured: Tally; readonly headers: Kernel | undefined }>> => {
  let target = runs ?? (asking.isCertain ? 1 : ALWAYS);
  for (;;) {
    const said = await asking.ask(asked, target, true);
    if (!said.ok) return said;
    const { verdict, why, runs: had, failures, symptom } = said.value;
    if (verdict === 'skip')
      return fail('usage', `the bad end does not answer: ${describeQuestion(asking.question)}`, {
        where: said.value.label,
        detail: why,
        remedy: 'ask for what it shows: see what boot-test says of it',
      });
    const always = failures === had;
    const enough = runs !== undefined || asking.isCertain || failures >= FAILURES || had >= RUNS;
    if ((failures > 0 && always) || enough) {
      if (failures === 0)
        return fail('usage', `the bad end does not fail: ${describeQuestion(asking.question)}`, {
          where: said.value.label,
          detail: had === 1 ? why : `not once in ${had} runs`,
          remedy: 'name another end by --bad, or ask for another thing; --runs N looks longer',
        });
      asking.symptom = symptom;
      return ok({ measured: { runs: had, failures }, headers: await headersOf(context, asked) });
    }
    target = Math.min(RUNS, had + Math.max(ALWAYS, had));
  }
};

/** The kernel of the bad end, which the store holds by now; none where it is the build that fails. */
const headersOf = async (context: Context, asked: Asked): Promise<Kernel | undefined> => {
  const candidate = await asked.candidate();
  if (!candidate.ok) return undefined;
  const kernel = await obtainKernel({ ...context, emit: () => undefined }, candidate.value.kernel);
  return kernel.ok ? kernel.value : undefined;
};

/** Asks an end that the user says is good. Fails with `usage` where it is not. */
export const askGood = async (
  asking: BisectSearch,
  candidate: Candidate,
  runs: number,
): Promise<Result<void>> => {
  const said = await asking.ask(
    { id: `good ${candidate.label}`, candidate: () => Promise.resolve(ok(candidate)) },
    runs,
  );
  if (!said.ok) return said;
  const { verdict, why, label } = said.value;
  switch (verdict) {
    case 'good':
      return ok(undefined);
    case 'bad':
      return fail('usage', 'the good end fails as well: are good and bad exchanged?', {
        where: label,
        detail: why,
        remedy: 'name by --good a state in which it does not fail',
      });
    case 'skip':
      return fail('usage', 'the good end gives no answer', {
        where: label,
        detail: why,
        remedy: 'name by --good a state that can be tested: one that has the feature',
      });
  }
};
