// SPDX-License-Identifier: MIT
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheDirectory } from '../../harness/base/context.ts';
import { ROOT } from '../support/kbt.ts';
import { parseTap } from '../support/tap.ts';

/** The example of ci/README.md: a repository with a series, a program and a kbt.yaml, and nothing of kbt. */
let home = '';
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kbt-tool-'));
  home = join(directory, 'example');
  await cp(join(ROOT, 'test', 'example'), home, { recursive: true });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

// Its results are its own, as where nobody names a place for them.
const env = { KBT_CACHE: cacheDirectory(process.env), KBT_RESULTS: '' };
const points = (tap: string) => parseTap(tap).points.map(({ name, ok }) => [name, ok]);
const PASSED = [
  ['smoke', true],
  ['hello', true],
];

test('a package of kbt tests a repository that has only series and programs', async () => {
  await execa('npm', ['pack', '--pack-destination', directory], { cwd: ROOT });
  const [tarball = ''] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
  await execa('npm', ['install', '--save-dev', join(directory, tarball)], { cwd: home });
  const before = await readdir(home);
  const npx = (...args: readonly string[]) =>
    execa('npx', ['kbt', ...args], { cwd: home, env, reject: false });
  const { exitCode, stdout, stderr } = await npx('boot-test');
  expect(exitCode, stderr).toBe(0);
  expect(points(stdout)).toEqual(PASSED);
  expect((await readdir(home)).sort()).toEqual([...before, 'results'].sort());
  // What kbt has for itself alone is not in it.
  const unknown = await npx('boot-test', '--series', 'synos');
  expect([unknown.exitCode, unknown.stderr]).toEqual([
    64,
    expect.stringContaining('there are: hello'),
  ]);
});

test('the program that a series begins with fails until it tests something', async () => {
  const npx = (...args: readonly string[]) =>
    execa('npx', ['kbt', ...args], { cwd: home, env, reject: false });
  expect((await npx('series', 'new', 'mine')).exitCode).toBe(0);
  const own = [join(home, 'guest/programs/mine'), join(home, 'kernel-patches/mine')];
  const { exitCode, stdout } = await npx(
    'boot-test',
    '--series',
    'hello',
    '--test-dir',
    own[0] ?? '',
  );
  for (const place of own) await rm(place, { recursive: true });
  expect([exitCode, points(stdout)]).toEqual([1, [...PASSED, ['mine', false]]]);
  const [, output = ''] = /^ {2}output: (.*)$/m.exec(stdout) ?? [];
  expect(await readFile(join(home, output), 'utf8')).toContain('nothing is tested yet');
});

test('the composite action tests it from a checkout of kbt, and leaves what GitHub reads', async () => {
  const summary = join(directory, 'step-summary.md');
  const { exitCode, stderr } = await execa(join(ROOT, 'ci', 'action', 'run'), {
    cwd: directory,
    env: {
      ...env,
      DIRECTORY: 'example',
      OPTIONS: '--tests hello',
      GITHUB_STEP_SUMMARY: summary,
    },
    reject: false,
  });
  expect(exitCode, stderr).toBe(0);
  expect(await readFile(summary, 'utf8')).toContain('1 of 1 programs passed');
  const forms = ['annotations.txt', 'index.html', 'junit.xml', 'result.json', 'result.tap'];
  expect((await readdir(join(directory, 'kbt'))).sort()).toEqual([...forms, 'summary.md']);
});
