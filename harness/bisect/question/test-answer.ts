// SPDX-License-Identifier: MIT
import { failed, skipped, type KtapResult } from '../../ktap/read.ts';
import { describeProgram, type ProgramResult } from '../../run/result/program-result.ts';
import type { Tried } from '../../trial/trial.ts';
import { agree, oneRun, type Answer, type Symptom } from './answer.ts';
import type { Question } from './question.ts';

/** The runs of a program; a program that ran once is its own only run. */
export const runsOf = (program: ProgramResult): readonly ProgramResult[] =>
  program.runs ?? [program];

/** Whether a program, or one of its results, fails. */
export const testAnswer = (
  { program, result }: Extract<Question, { kind: 'test' }>,
  seen: Tried,
  symptom: Symptom | undefined,
): Answer => {
  const found = seen.programs.find(({ name }) => name === program);
  const runs = found ? runsOf(found).filter(({ outcome }) => outcome !== 'not-run') : [];
  if (runs.length === 0) {
    const why = seen.stopped?.what ?? seen.stray[0]?.title ?? 'the program did not run';
    return { verdict: 'skip', why, runs: 0, failures: 0 };
  }
  const answers = runs.map((run) => runAnswer(run, result, symptom));
  const bad = answers.filter(({ verdict }) => verdict === 'bad');
  const [first] = bad;
  const odd = answers.find(({ verdict }) => verdict === 'skip');
  if (first)
    return {
      ...first,
      runs: answers.length,
      failures: bad.length,
      // The signature has the results of all failures.
      symptom: {
        how: first.symptom?.how ?? 'fail',
        signature: [...new Set(bad.flatMap((one) => one.symptom?.signature ?? []))],
      },
    };
  return { ...(odd ?? answers[0] ?? NOTHING), runs: answers.length, failures: 0 };
};

const NOTHING: Answer = { verdict: 'skip', why: 'nothing is known', runs: 0, failures: 0 };

const runAnswer = (
  run: ProgramResult,
  result: string | undefined,
  symptom: Symptom | undefined,
): Answer => {
  const all = named(run.results);
  // The results in question: the one that is named, or those that fail at the bad end.
  const asked =
    result === undefined ? (symptom?.how === 'fail' ? symptom.signature : []) : [result];
  const there = all.filter(({ name }) => asked.includes(name));
  const broken = there.filter(({ result: each }) => failed(each));
  if (broken.length > 0)
    return oneRun('bad', `${broken.map(({ name }) => name).join(', ')} fails`, {
      how: 'fail',
      signature: broken.map(({ name }) => name),
    });
  const ended = run.outcome === 'pass' || run.outcome === 'fail';
  if (asked.length > 0 && ended) {
    const untold = asked.filter(
      (name) => !there.some((each) => each.name === name && !skipped(each.result)),
    );
    return untold.length === 0
      ? oneRun('good', run.outcome === 'pass' ? 'pass' : `${asked.join(', ')} passes`)
      : oneRun('skip', `no result of ${untold.join(', ')}`);
  }
  if (run.outcome === 'pass') return oneRun('good', 'pass');
  if (run.outcome === 'skip') return oneRun('skip', describeProgram(run));
  return agree(oneRun('bad', describeProgram(run), symptomOf(run)), symptom);
};

/** How a program failed: its outcome, with the results or the reports that tell it from other failures. */
const symptomOf = (run: ProgramResult): Symptom => ({
  how: run.outcome,
  signature:
    run.outcome === 'fail'
      ? named(run.results).flatMap(({ name, result }) =>
          failed(result) && result.children.length === 0 ? [name] : [],
        )
      : run.reports.map(({ fingerprint }) => fingerprint),
});

/** All results of a program by name, those of subtests included. */
const named = (
  results: readonly KtapResult[],
): readonly { readonly name: string; readonly result: KtapResult }[] =>
  results.flatMap((result) => [{ name: result.name, result }, ...named(result.children)]);
