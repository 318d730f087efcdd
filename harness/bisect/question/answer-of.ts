// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { describeWarning } from '../../kernel/make/diagnostics.ts';
import type { KernelReport } from '../../kernel-log/reports.ts';
import { describeProgram } from '../../run/result/program-result.ts';
import type { TrialResult, Tried } from '../../trial/trial.ts';
import { agree, oneRun, type Answer, type Symptom } from './answer.ts';
import type { Question } from './question.ts';
import { runsOf, testAnswer } from './test-answer.ts';

/**
 * What a trial answers to a question: good, bad, or neither. `symptom` is that of the bad
 * end; it is undefined while that end itself is asked, and then every failure counts.
 */
export const answerOf = (
  question: Question,
  seen: TrialResult,
  symptom: Symptom | undefined,
): Answer => {
  if (seen.kind === 'unbuilt') {
    const { where = '' } = seen.failure;
    const why = [where, seen.error].filter(Boolean).join(': ');
    if (question.kind !== 'build') return oneRun('skip', `it cannot be built: ${why}`);
    // A line moves with the patches; its file and the error do not.
    const signature = [`${where.replace(/:\d+$/, '')} ${seen.error}`];
    return agree(oneRun('bad', why, { how: 'build', signature }), symptom);
  }
  switch (question.kind) {
    case 'build':
      return oneRun('good', 'it builds');
    case 'warning': {
      const warned = seen.kernel.warnings.filter(({ file, text }) =>
        `${file}: ${text}`.includes(question.text),
      );
      const signature = warned.map(({ file, text }) => `${file}: ${text}`);
      const [first] = warned;
      if (!first) return oneRun('good', 'no such warning');
      const answer = oneRun('bad', describeWarning(first), { how: 'warning', signature });
      // The kernel was built: other warnings only say that this one is not there.
      return agree(answer, symptom).verdict === 'bad'
        ? answer
        : oneRun('good', 'other warnings alone');
    }
    case 'command':
      return commandAnswer(seen.statuses);
    case 'cost': {
      const found = seen.costs.get(question.probe);
      if (typeof found !== 'number')
        return oneRun('skip', found ?? `there is no probe ${question.probe}`);
      const why = `${found} instructions`;
      return found > question.limit
        ? oneRun('bad', why, { how: 'cost', signature: [] })
        : oneRun('good', why);
    }
    case 'boot':
      return bootAnswer(seen, symptom);
    case 'report':
      return reportAnswer(question.fingerprint, seen);
    case 'test':
      return testAnswer(question, seen, symptom);
  }
};

/** As git-bisect's `run` reads an exit status. */
const commandAnswer = (statuses: readonly number[]): Answer => {
  const runs = statuses.length;
  const bad = statuses.filter((status) => status !== 0 && status !== NEITHER);
  const [first] = bad;
  if (first !== undefined)
    return {
      verdict: 'bad',
      why: `status ${first}`,
      runs,
      failures: bad.length,
      symptom: { how: 'command', signature: [] },
    };
  const neither = runs === 0 || statuses.includes(NEITHER);
  const why = runs === 0 ? 'it did not run' : `status ${statuses.at(-1) ?? 0}`;
  return { verdict: neither ? 'skip' : 'good', why, runs, failures: 0 };
};

/** The exit status by which a command says that it cannot tell (git-bisect(1)). */
const NEITHER = 125;

const bootAnswer = (seen: Tried, symptom: Symptom | undefined): Answer => {
  const { programs, stopped, stray } = seen;
  const runs = programs.flatMap(runsOf).filter(({ outcome }) => outcome !== 'not-run');
  if (!stopped)
    return { verdict: 'good', why: 'it boots', runs: Math.max(1, runs.length), failures: 0 };
  const how: Symptom = { how: 'boot', signature: stray.map(({ fingerprint }) => fingerprint) };
  return agree(
    { verdict: 'bad', why: stopped.what, runs: runs.length + 1, failures: 1, symptom: how },
    symptom,
  );
};

const reportAnswer = (fingerprint: string, seen: Tried): Answer => {
  const runs = Math.max(1, ...seen.programs.map((program) => runsOf(program).length));
  const matches = (report: KernelReport): boolean => report.fingerprint.startsWith(fingerprint);
  // For each program the number of runs with the report; a report outside of them counts once.
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
      symptom: { how: 'report', signature: [found.fingerprint] },
    };
  if (seen.stopped) return { verdict: 'skip', why: seen.stopped.what, runs, failures: 0 };
  const broken = seen.programs.find(({ outcome }) => !OUTCOMES[outcome].whole);
  if (broken) return { verdict: 'skip', why: describeProgram(broken), runs, failures: 0 };
  // A program that did not run cannot have provoked anything.
  if (!seen.programs.some(({ outcome }) => outcome !== 'skip'))
    return { verdict: 'skip', why: 'no program ran', runs, failures: 0 };
  return { verdict: 'good', why: 'it does not come', runs, failures: 0 };
};
