// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { AnyResult, FailedResult } from '../../harness/run/result/result.ts';
import { test, type Fake } from '../support/fake.ts';
import { kbt, marked, newMark, ROOT, until } from '../support/kbt.ts';

const GOOD = '// SPDX-License-Identifier: GPL-2.0-only\nint one;\n';
const readJson = async (file: string): Promise<AnyResult> =>
  JSON.parse(await readFile(file, 'utf8')) as AnyResult;

/** The directories of results, oldest first, each with its result. */
const kept = async ({ env }: Fake): Promise<readonly (readonly [string, AnyResult])[]> => {
  const home = env['KBT_RESULTS'] ?? '';
  const names = (await readdir(home).catch(() => [])).sort();
  return Promise.all(
    names.map(async (name) => {
      const directory = join(home, name);
      return [directory, await readJson(join(directory, 'result.json'))] as const;
    }),
  );
};

const failed = async (fake: Fake, ...args: readonly string[]) => {
  const json = join(fake.directory, 'told.json');
  const ran = await kbt([...args, '--json', json], fake.env);
  return { ...ran, told: (await readJson(json)) as FailedResult };
};

const BROKEN = { 'kernel/one.c': 'int one = not_there;\n' };

test.for([
  ['a patch', `${GOOD}int two;\n`, 'patch-rejected', 'tree failed'],
  ['a kernel', 'int one = not_there;\n', 'compile-error', 'kernel failed'],
] as const)(
  '%s that cannot be built leaves a result of how far it came',
  async ([what, text, code, last], { fake }) => {
    const series = await fake.series([{ 'kernel/one.c': GOOD }, { 'kernel/one.c': text }]);
    // It changes what the first one brings.
    if (what === 'a patch') await writeFile(join(series, 'series'), '0002-edit-2.patch\n');
    const ran = await failed(fake, ...fake.args, '--series-dir', series);
    expect(ran.code, ran.stderr).toBe(2);
    expect(ran.told).toMatchObject({
      ...{ schema: 2, kind: 'failed', architecture: 'x86_64', exitCode: 2 },
      failure: { kind: 'unbuildable', code },
    });
    const steps = ran.told.steps.map(({ step, end }) => `${step} ${end}`);
    expect(steps[0]).toBe('source done');
    // What ran beside it was stopped, and did not fail.
    expect(steps.filter((step) => step.endsWith(' failed'))).toEqual([last]);
    // The same lies among the results.
    expect((await kept(fake)).map(([, result]) => result)).toEqual([ran.told]);
  },
);

test('what is wrong on the command line is told, and leaves nothing', async ({ fake }) => {
  const { code, told } = await failed(fake, ...fake.args, '--series', 'nobody');
  expect(code).toBe(64);
  expect(told).toMatchObject({ kind: 'failed', failure: { code: 'usage' }, exitCode: 64 });
  expect(await kept(fake)).toEqual([]);
});

test.for([
  ['bisect', ['--build'], 2],
  ['bisect-step', ['--build'], 255],
  ['verify-series', [], 2],
  ['compare', [], 2],
  ['coverage', [], 2],
  ['cost', [], 2],
  ['check-series', [], 2],
  ['mutants', [], 64],
  ['matrix', [], 64],
  ['merge', [], 64],
] as const)('%s tells a failure as boot-test does', async ([command, more, code], { fake }) => {
  const series = await fake.series([{ 'kernel/one.c': GOOD }]);
  await writeFile(join(series, 'series'), 'missing.patch\n');
  const own = command === 'check-series' ? ['--source', fake.tree] : fake.args.slice(1);
  const about =
    command === 'merge'
      ? [fake.directory]
      : command === 'mutants'
        ? ['--series', 'nobody']
        : [...own, '--series-dir', series];
  const ran = await failed(fake, command, ...about, ...more);
  expect(ran.code, ran.stderr).toBe(code);
  const kind = code === 64 ? 'usage' : 'unbuildable';
  expect(ran.told).toMatchObject({ schema: 2, kind: 'failed', failure: { kind }, exitCode: code });
});

test('report takes what was interrupted and what failed, and passes over the rest', async ({
  fake,
}) => {
  const series = await fake.series([BROKEN]);
  await kbt([...fake.args, '--series', 'none'], fake.env);
  await kbt([...fake.args, '--series-dir', series], fake.env);
  const mark = newMark();
  const [name = '', value = ''] = mark.split('=');
  const running = execa(
    process.execPath,
    [join(ROOT, 'ci', 'start.mjs'), ...fake.args, '--series-dir', series],
    { env: { ...fake.env, [name]: value, CCACHE_FAKE_MAKE_HANGS: '1' }, reject: false },
  );
  await until(async () => (await marked(mark)).some((one) => one.startsWith('sleep 1000')));
  process.kill(running.pid ?? 0, 'SIGTERM');
  expect((await running).exitCode).toBe(143);

  const results = await kept(fake);
  expect(results.map(([, result]) => [result.kind, result.exitCode])).toEqual([
    ['run', 1],
    ['failed', 2],
    ['failed', 143],
  ]);
  expect(results[2]?.[1]).toMatchObject({
    failure: { kind: 'interrupted', code: 'interrupted' },
    steps: expect.arrayContaining([
      expect.objectContaining({ step: 'kernel', end: 'stopped' }),
    ]) as unknown,
  });
  const directories = results.map(([directory]) => directory);
  const killed = join(fake.env['KBT_RESULTS'] ?? '', '2026-killed');
  await mkdir(killed);
  const junit = join(fake.directory, 'all.xml');
  const all = await kbt(['report', ...directories, killed, '--junit', junit], fake.env);
  expect(all.code, all.stderr).toBe(0);
  expect(all.stderr).toContain(`passed over: ${join(killed, 'result.json')} is no result of a run`);
  const xml = await readFile(junit, 'utf8');
  expect(xml.match(/<testsuite /g)).toHaveLength(4);
  for (const type of ['compile-error', 'interrupted']) expect(xml).toContain(`type="${type}"`);

  // The newest is the one that was interrupted: the other directory holds no run.
  const newest = await kbt(['report'], fake.env);
  expect([newest.code, newest.stderr]).toEqual([0, expect.stringContaining('no run, interrupted')]);
  const none = await kbt(['report', killed], fake.env);
  expect([none.code, none.stderr]).toEqual([64, expect.stringContaining('is no result of a run')]);
});
