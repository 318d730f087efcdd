// SPDX-License-Identifier: MIT
import { fail, ok, type Result } from '../../base/result.ts';
import type { Question } from '../../bisect/question/question.ts';
import { only, type Plan } from '../../run/tests/plan.ts';

/** What a kernel may be asked, on the command line. */
export interface QuestionOptions {
  readonly test?: string;
  readonly report?: string;
  readonly boot?: true;
  readonly build?: true;
  readonly warning?: string | true;
  readonly run?: string;
  readonly cost?: string;
  readonly over?: number;
}

/** The one thing that is asked; undefined where nothing is. */
export const questionIn = (options: QuestionOptions): Result<Question | undefined> => {
  const { test, report, boot, build, warning, run, cost, over } = options;
  const questions: Question[] = [];
  if (test !== undefined) {
    const [program = '', ...result] = test.split('/');
    questions.push({
      kind: 'test',
      program,
      ...(result.length > 0 ? { result: result.join('/') } : {}),
    });
  }
  if (report !== undefined) {
    if (!/^[0-9a-f]{6,}$/.test(report))
      return fail('usage', `--report: ${report} is no fingerprint of a kernel report`, {
        remedy: 'take it from the line "fingerprint:" below the report in the TAP',
      });
    questions.push({ kind: 'report', fingerprint: report });
  }
  if (boot) questions.push({ kind: 'boot' });
  if (build) questions.push({ kind: 'build' });
  if (warning !== undefined)
    questions.push({ kind: 'warning', text: warning === true ? '' : warning });
  if (run !== undefined) questions.push({ kind: 'command', command: run });
  if (cost !== undefined)
    // The limit is known once the good end has been counted.
    questions.push({ kind: 'cost', probe: cost, over: over ?? 0, limit: Infinity, series: [] });
  else if (over !== undefined)
    return fail('usage', '--over is so many instructions more of a probe', {
      remedy: 'name the probe by --cost',
    });
  return questions.length > 1
    ? fail('usage', 'two things are asked for at once', {
        remedy: 'give one of --test, --report, --boot, --build, --warning, --run, --cost',
      })
    : ok(questions[0]);
};

/** The programs that a question is about. Fails with `usage` where it names none of the plan. */
export const planFor = (plan: Plan, question: Question): Result<Plan> => {
  if (question.kind === 'boot') {
    // It is over once the first program is reached.
    const [first] = plan.programs;
    return ok(only(plan, new Set(first ? [first.name] : [])));
  }
  if (question.kind !== 'test') return ok(plan);
  const { program } = question;
  return plan.programs.some(({ name }) => name === program)
    ? ok(only(plan, new Set([program])))
    : fail('usage', `--test: there is no program ${program}`, {
        remedy: `there are: ${plan.programs.map(({ name }) => name).join(', ')}`,
      });
};
