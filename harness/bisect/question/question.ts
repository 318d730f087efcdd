// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { describeWarning, newIn, type Warning } from '../../kernel/make/diagnostics.ts';
import type { KernelReport } from '../../kernel-log/reports.ts';
import { failed, skipped, type KtapResult } from '../../ktap/read.ts';
import { describeProgram, type ProgramResult } from '../../run/result/program-result.ts';
import type { Judgement, Symptom } from './judgement.ts';
import type { Observation, Tried } from '../../trial/trial.ts';

/** What a kernel is asked. */
export type Question =
  /** Does this program fail, or this result of it? */
  | { readonly kind: 'test'; readonly program: string; readonly result?: string }
  /** Does this kernel report come, by its fingerprint? */
  | { readonly kind: 'report'; readonly fingerprint: string }
  /** Does it not come up? */
  | { readonly kind: 'boot' }
  /** Is it not to be built? */
  | { readonly kind: 'build' }
  /** Does the compiler warn, in words that hold these? */
  | { readonly kind: 'warning'; readonly text: string }
  /** Does this command of the shell's end with another status than 0? */
  | { readonly kind: 'command'; readonly command: string }
  /** Does this probe take more instructions than the limit: so many more than at the good end? */
  | {
      readonly kind: 'cost';
      readonly probe: string;
      readonly over: number;
      readonly limit: number;
      /** Whose probes there are, by name. */
      readonly series: readonly string[];
    };

/** A question in words that end "…?". */
export const describeQuestion = (question: Question): string => {
  switch (question.kind) {
    case 'test':
      return `does ${[question.program, ...(question.result ? [question.result] : [])].join('/')} fail?`;
    case 'report':
      return `does the kernel report ${question.fingerprint} come?`;
    case 'boot':
      return 'does it fail to boot?';
    case 'build':
      return 'does it fail to build?';
    case 'warning':
      return question.text === ''
        ? 'does the compiler warn anew?'
        : `does the compiler warn of "${question.text}"?`;
    case 'command':
      return `does "${question.command}" fail?`;
    case 'cost':
      return `does ${question.probe} take more than ${question.limit} instructions?`;
  }
};

/**
 * Good, bad, or no answer. `symptom` is that of the end that is known to be bad,
 * and undefined while that end itself is looked at: then every failure counts.
 */
export const judge = (
  question: Question,
  seen: Observation,
  symptom: Symptom | undefined,
): Judgement => {
  const once = (verdict: Judgement['verdict'], why: string, how?: Symptom): Judgement => ({
    verdict,
    why,
    runs: 1,
    failures: verdict === 'bad' ? 1 : 0,
    ...(how ? { symptom: how } : {}),
  });
  if (seen.kind === 'unbuilt') {
    const { where = '' } = seen.failure;
    const why = [where, seen.error].filter(Boolean).join(': ');
    if (question.kind !== 'build') return once('skip', `it cannot be built: ${why}`);
    // A line moves with the patches; its file and the error do not.
    const marks = [`${where.replace(/:\d+$/, '')} ${seen.error}`];
    return agree(once('bad', why, { how: 'build', marks }), symptom);
  }
  switch (question.kind) {
    case 'build':
      return once('good', 'it builds');
    case 'warning': {
      const warned = seen.kernel.warnings.filter(({ file, text }) =>
        `${file}: ${text}`.includes(question.text),
      );
      const marks = warned.map(markOf);
      const [first] = warned;
      if (!first) return once('good', 'no such warning');
      const judged = once('bad', describeWarning(first), { how: 'warning', marks });
      // Other warnings are no fault of its building: this one is not there.
      return agree(judged, symptom).verdict === 'bad'
        ? judged
        : once('good', 'other warnings alone');
    }
    case 'command':
      return judgeCommand(seen.statuses);
    case 'cost': {
      const found = seen.costs.get(question.probe);
      if (typeof found !== 'number')
        return once('skip', found ?? `there is no probe ${question.probe}`);
      const why = `${found} instructions`;
      return found > question.limit
        ? once('bad', why, { how: 'cost', marks: [] })
        : once('good', why);
    }
    case 'boot':
      return judgeBoot(seen, symptom);
    case 'report':
      return judgeReport(question.fingerprint, seen);
    case 'test':
      return judgeTest(question, seen, symptom);
  }
};

/** A failure of another kind than the one in question is no answer. */
const agree = (judged: Judgement, symptom: Symptom | undefined): Judgement => {
  const own = judged.symptom;
  if (!symptom || !own || sameSymptom(own, symptom)) return judged;
  return { ...judged, verdict: 'skip', failures: 0, why: `it fails in another way: ${judged.why}` };
};

const sameSymptom = (a: Symptom, b: Symptom): boolean =>
  a.how === b.how &&
  (a.marks.length + b.marks.length === 0 || a.marks.some((mark) => b.marks.includes(mark)));

const markOf = ({ file, text }: Warning): string => `${file}: ${text}`;

/** The warnings among some that another kernel does not have, as the marks of a symptom. */
export const newWarnings = (now: readonly Warning[], before: readonly Warning[]): Symptom => ({
  how: 'warning',
  marks: newIn(now, before).map(markOf),
});

/** As git-bisect's `run` reads an exit status. */
const judgeCommand = (statuses: readonly number[]): Judgement => {
  const runs = statuses.length;
  const bad = statuses.filter((status) => status !== 0 && status !== NEITHER);
  const [first] = bad;
  if (first !== undefined)
    return {
      verdict: 'bad',
      why: `status ${first}`,
      runs,
      failures: bad.length,
      symptom: { how: 'command', marks: [] },
    };
  const neither = runs === 0 || statuses.includes(NEITHER);
  const why = runs === 0 ? 'it did not run' : `status ${statuses.at(-1) ?? 0}`;
  return { verdict: neither ? 'skip' : 'good', why, runs, failures: 0 };
};

/** The exit status by which a command says that it cannot tell (git-bisect(1)). */
const NEITHER = 125;

const judgeBoot = (seen: Tried, symptom: Symptom | undefined): Judgement => {
  const { programs, stopped, stray } = seen;
  const runs = programs.flatMap(runsOf).filter(({ outcome }) => outcome !== 'not-run');
  if (!stopped)
    return { verdict: 'good', why: 'it boots', runs: Math.max(1, runs.length), failures: 0 };
  const how: Symptom = { how: 'boot', marks: stray.map(({ fingerprint }) => fingerprint) };
  return agree(
    { verdict: 'bad', why: stopped.what, runs: runs.length + 1, failures: 1, symptom: how },
    symptom,
  );
};

const judgeReport = (fingerprint: string, seen: Tried): Judgement => {
  const runs = Math.max(1, ...seen.programs.map((program) => runsOf(program).length));
  const matches = (report: KernelReport): boolean => report.fingerprint.startsWith(fingerprint);
  // Of each program in how many of its runs it came; one outside of them counts once.
  const hits = seen.programs.map(
    (program) => runsOf(program).filter((run) => run.reports.some(matches)).length,
  );
  const all = seen.programs.flatMap((program) => [program, ...runsOf(program)]);
  const found = [...seen.stray, ...all.flatMap(({ reports }) => reports)].find(matches);
  if (found)
    return {
      verdict: 'bad',
      why: found.title,
      runs,
      failures: Math.max(1, ...hits),
      symptom: { how: 'report', marks: [found.fingerprint] },
    };
  if (seen.stopped) return { verdict: 'skip', why: seen.stopped.what, runs, failures: 0 };
  const broken = seen.programs.find(({ outcome }) => !OUTCOMES[outcome].whole);
  if (broken) return { verdict: 'skip', why: describeProgram(broken), runs, failures: 0 };
  // A program that did not run cannot have provoked anything.
  if (!seen.programs.some(({ outcome }) => outcome !== 'skip'))
    return { verdict: 'skip', why: 'no program ran', runs, failures: 0 };
  return { verdict: 'good', why: 'it does not come', runs, failures: 0 };
};

const judgeTest = (
  { program, result }: Extract<Question, { kind: 'test' }>,
  seen: Tried,
  symptom: Symptom | undefined,
): Judgement => {
  const found = seen.programs.find(({ name }) => name === program);
  const runs = found ? runsOf(found).filter(({ outcome }) => outcome !== 'not-run') : [];
  if (runs.length === 0) {
    const why = seen.stopped?.what ?? seen.stray[0]?.title ?? 'the program did not run';
    return { verdict: 'skip', why, runs: 0, failures: 0 };
  }
  const judged = runs.map((run) => judgeRun(run, result, symptom));
  const bad = judged.filter(({ verdict }) => verdict === 'bad');
  const [first] = bad;
  const odd = judged.find(({ verdict }) => verdict === 'skip');
  if (first)
    return {
      ...first,
      runs: judged.length,
      failures: bad.length,
      // Of several failures all count as this one's.
      symptom: {
        how: first.symptom?.how ?? 'fail',
        marks: [...new Set(bad.flatMap((one) => one.symptom?.marks ?? []))],
      },
    };
  return { ...(odd ?? judged[0] ?? NOTHING), runs: judged.length, failures: 0 };
};

const NOTHING: Judgement = { verdict: 'skip', why: 'nothing is known', runs: 0, failures: 0 };

const judgeRun = (
  run: ProgramResult,
  result: string | undefined,
  symptom: Symptom | undefined,
): Judgement => {
  const one = (verdict: Judgement['verdict'], why: string, how?: Symptom): Judgement => ({
    verdict,
    why,
    runs: 1,
    failures: verdict === 'bad' ? 1 : 0,
    ...(how ? { symptom: how } : {}),
  });
  const all = named(run.results);
  // What is asked of: the results named, or those that fail where it is known to fail.
  const asked = result === undefined ? (symptom?.how === 'fail' ? symptom.marks : []) : [result];
  const there = all.filter(({ name }) => asked.includes(name));
  const broken = there.filter(({ result: each }) => failed(each));
  if (broken.length > 0)
    return one('bad', `${broken.map(({ name }) => name).join(', ')} fails`, {
      how: 'fail',
      marks: broken.map(({ name }) => name),
    });
  const ended = run.outcome === 'pass' || run.outcome === 'fail';
  if (asked.length > 0 && ended) {
    const untold = asked.filter(
      (name) => !there.some((each) => each.name === name && !skipped(each.result)),
    );
    return untold.length === 0
      ? one('good', run.outcome === 'pass' ? 'pass' : `${asked.join(', ')} passes`)
      : one('skip', `no result of ${untold.join(', ')}`);
  }
  if (run.outcome === 'pass') return one('good', 'pass');
  if (run.outcome === 'skip') return one('skip', describeProgram(run));
  return agree(one('bad', describeProgram(run), symptomOf(run)), symptom);
};

/** How a program failed: its outcome, with the results or the reports that tell it from other failures. */
const symptomOf = (run: ProgramResult): Symptom => ({
  how: run.outcome,
  marks:
    run.outcome === 'fail'
      ? named(run.results).flatMap(({ name, result }) =>
          failed(result) && result.children.length === 0 ? [name] : [],
        )
      : run.reports.map(({ fingerprint }) => fingerprint),
});

const runsOf = (program: ProgramResult): readonly ProgramResult[] => program.runs ?? [program];

/** All results of a program by name, those of subtests included. */
const named = (
  results: readonly KtapResult[],
): readonly { readonly name: string; readonly result: KtapResult }[] =>
  results.flatMap((result) => [{ name: result.name, result }, ...named(result.children)]);
