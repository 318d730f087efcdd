// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import type { Symptom } from '../../../harness/bisect/question/answer.ts';
import { answerOf } from '../../../harness/bisect/question/answer-of.ts';
import type { Question } from '../../../harness/bisect/question/question.ts';
import { program, report, seen, unbuilt } from '../../support/trials.ts';
import type { TrialResult } from '../../../harness/trial/trial.ts';

const TEST: Question = { kind: 'test', program: 'p' };
const FAILS_A: Symptom = { how: 'fail', signature: ['a'] };

test.each<[string, Question, TrialResult, Symptom | undefined, string]>([
  [
    'the results that fail at the bad end pass',
    TEST,
    seen([program('pass', { a: true })]),
    FAILS_A,
    'good',
  ],
  [
    'they pass, and another fails',
    TEST,
    seen([program('fail', { a: true, b: false })]),
    FAILS_A,
    'good',
  ],
  ['they fail', TEST, seen([program('fail', { a: false, b: true })]), FAILS_A, 'bad'],
  ['they are not there', TEST, seen([program('fail', { b: false })]), FAILS_A, 'skip'],
  [
    'the program oopses instead',
    TEST,
    seen([program('kernel-report', {}, [report('x')])]),
    FAILS_A,
    'skip',
  ],
  ['the program is skipped', TEST, seen([program('skip')]), FAILS_A, 'skip'],
  ['the VM got lost', TEST, seen([program('lost-vm')]), FAILS_A, 'skip'],
  ['the program did not run', TEST, seen([program('not-run')]), FAILS_A, 'skip'],
  ['the kernel is not built', TEST, unbuilt('a.c:1', 'no'), FAILS_A, 'skip'],
  [
    'it oopses as at the bad end',
    TEST,
    seen([program('kernel-report', {}, [report('x')])]),
    { how: 'kernel-report', signature: ['x'] },
    'bad',
  ],
  [
    'it oopses elsewhere',
    TEST,
    seen([program('kernel-report', {}, [report('y')])]),
    { how: 'kernel-report', signature: ['x'] },
    'skip',
  ],
  [
    'it panics as at the bad end',
    { kind: 'boot' },
    seen([program('not-run')], { stopped: { what: 'panic', detail: '' }, stray: [report('x')] }),
    { how: 'boot', signature: ['x'] },
    'bad',
  ],
  [
    'it hangs where the bad end panics',
    { kind: 'boot' },
    seen([program('not-run')], { stopped: { what: 'hang', detail: '' } }),
    { how: 'boot', signature: ['x'] },
    'skip',
  ],
  ['it boots, and its program fails', { kind: 'boot' }, seen([program('fail')]), undefined, 'good'],
  [
    'the same error in another line',
    { kind: 'build' },
    unbuilt('a.c:9', 'no'),
    { how: 'build', signature: ['a.c no'] },
    'bad',
  ],
  [
    'another error',
    { kind: 'build' },
    unbuilt('a.c:1', 'other'),
    { how: 'build', signature: ['a.c no'] },
    'skip',
  ],
  [
    'the report comes, of a program or of none',
    { kind: 'report', fingerprint: 'abc' },
    seen([program('pass')], { stray: [report('abcdef')] }),
    undefined,
    'bad',
  ],
  [
    'the report does not come, but something else ended the kernel',
    { kind: 'report', fingerprint: 'abc' },
    seen([program('lost-vm')]),
    undefined,
    'skip',
  ],
  [
    'no program ran that could have brought the report',
    { kind: 'report', fingerprint: 'abc' },
    seen([program('skip')]),
    undefined,
    'skip',
  ],
  ['125', { kind: 'command', command: 'c' }, seen([], { statuses: [0, 125] }), undefined, 'skip'],
  [
    'a failure among runs',
    { kind: 'command', command: 'c' },
    seen([], { statuses: [0, 125, 1] }),
    undefined,
    'bad',
  ],
])('%s', (_, question, observation, symptom, verdict) => {
  expect(answerOf(question, observation, symptom)).toMatchObject({ verdict });
});

test('runs of one program add up, and one failure among them is a failure', () => {
  const runs = [program('pass'), program('fail', { a: false }), program('pass')];
  const flaky = { ...program('flaky'), runs };
  expect(answerOf(TEST, seen([flaky]), undefined)).toMatchObject({
    verdict: 'bad',
    runs: 3,
    failures: 1,
    symptom: { how: 'fail', signature: ['a'] },
  });
});

test('a cost over its limit is bad, and one that is not told no answer', () => {
  const question: Question = { kind: 'cost', probe: 'p', over: 2, limit: 12, series: [] };
  const told = (figure?: number | string) =>
    answerOf(
      question,
      seen([], { costs: new Map(figure === undefined ? [] : [['p', figure]]) }),
      undefined,
    );
  expect([told(12).verdict, told(13).verdict]).toEqual(['good', 'bad']);
  expect(told('Function not implemented')).toMatchObject({
    verdict: 'skip',
    why: 'Function not implemented',
  });
  expect(told()).toMatchObject({ verdict: 'skip', why: 'there is no probe p' });
});

test('a report that comes in each run of a program has failed each time', () => {
  const once = program('kernel-report', {}, [report('abcdef')]);
  const runs = [once, program('pass'), once];
  const flaky = { ...once, runs };
  expect(answerOf({ kind: 'report', fingerprint: 'abc' }, seen([flaky]), undefined)).toMatchObject({
    verdict: 'bad',
    runs: 3,
    failures: 2,
  });
});
