// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { renderAnnotations } from '../../../harness/report/ci/annotations.ts';
import { renderJobSummary } from '../../../harness/report/ci/job-summary.ts';
import { renderMail } from '../../../harness/report/ci/mail.ts';
import type { RunResult } from '../../../harness/run/result/result.ts';
import { HOSTILE, leaf, program, RUN } from '../../support/hostile-run.ts';

const PROGRAMS = 200;

/** A run of many programs with many long results, none of which passed. */
const LARGE: RunResult = {
  ...RUN,
  programs: Array.from({ length: PROGRAMS }, (_, p) =>
    program(`program_${p}`, {
      outcome: 'fail',
      why: HOSTILE.join(' '),
      results: Array.from({ length: 300 }, (_, r) => leaf(`${HOSTILE.join()} ${r}`, false)),
    }),
  ),
};

test('a job summary ends before GitHub ends it, and says what it leaves out', () => {
  const text = renderJobSummary([LARGE, RUN]);
  const bytes = Buffer.byteLength(text);
  expect(bytes).toBeLessThanOrEqual(1024 * 1024);
  expect(bytes).toBeGreaterThan(1000 * 1024);
  expect(text).toMatch(/\nLeft out, for GitHub takes no more: \d+ × what failed in a program\.\n$/);
  // Nothing is cut in two, and each run and each program is named.
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  expect(text.match(/^### /gm)).toHaveLength(2);
  expect(text.match(/^\| `program_\d+` \| fail/gm)).toHaveLength(PROGRAMS);
  expect(text).toContain('\n- and 200 more\n');
  expect(renderJobSummary([RUN])).not.toContain('Left out');
});

test('a mail is one that a list takes, and says what it leaves out', () => {
  const text = renderMail([LARGE, { ...RUN, programs: [] }]);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
  const left = /\nLeft out, for lists take no longer mail: (\d+) × a program/.exec(text)?.[1];
  const told = text.match(/^ {4}program_\d+: /gm)?.length ?? 0;
  expect(told + Number(left)).toBe(PROGRAMS);
  expect(text).toContain('\n      and 290 more\n');
  expect(text.match(/programs passed/g)).toHaveLength(2);
});

test('annotations are as many and as long as GitHub shows, and say how many there are', () => {
  const lines = renderAnnotations([LARGE], () => undefined)
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(11);
  // Each program, and the report that is outside of them.
  expect(lines.pop()).toContain(`::notice title=Left out::${PROGRAMS + 1 - 10} more annotations`);
  const messages = lines.map((line) =>
    /^::error title=[^:]*::(.*)$/.exec(line)?.[1]?.replace(/%(25|0D|0A)/g, '.'),
  );
  for (const message of messages) expect(message?.length).toBeLessThanOrEqual(4096);
  expect(messages[1]).toMatch(/\.and \d+ more$/);
});
