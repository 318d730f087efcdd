// SPDX-License-Identifier: MIT
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { commit } from '../support/checkout.ts';
import { test } from '../support/fake.ts';
import { ROOT } from '../support/kbt.ts';
import { night, ONE, patch } from '../support/night.ts';
import { runJob } from '../support/workflow.ts';

const CI = join(ROOT, '.github', 'workflows', 'ci.yml');

test('of a pull request the touched series are looked at, and no other', async ({ fake }) => {
  const { home, gh, env } = await night(fake);
  const git = (...args: readonly string[]) => execa('git', ['-C', home, ...args]);
  const base = await commit(home, 'good', {
    [ONE]: patch('int own;'),
    'kernel-patches/own/series': '0001-one.patch\n',
    'kernel-patches/other/series': '0001-one.patch\n',
    'kernel-patches/other/0001-one.patch': patch('int other;').replaceAll('own.c', 'other.c'),
  });
  await git('update-ref', 'refs/remotes/origin/main', base);
  const summary = async (): Promise<string> => {
    const text = await readFile(join(gh, 'summary.md'), 'utf8');
    await rename(join(gh, 'summary.md'), join(gh, 'before.md'));
    return text;
  };
  const values = { 'github.workspace': home, 'github.base_ref': 'main' };
  const look = () => runJob(CI, 'series', home, values, env);

  await commit(home, 'beside', { 'README.md': 'Words.\n' });
  const beside = await look();
  expect(beside.code, beside.stderr).toBe(0);
  expect(await summary()).toBe('No series was touched.\n');

  // One that nobody touched is not run, whatever it would come to.
  await commit(home, 'broken', { [ONE]: patch('int own = not_there;') });
  const broken = await look();
  expect(broken.code, broken.stderr).toBe(2);
  const told = await summary();
  expect(told).toContain('## Series `own`');
  expect(told).toContain("'not_there' undeclared");
  expect(told).not.toContain('other');
  // What kbt prints is between two lines that keep the runner from taking it for commands.
  const [, token = ''] = /^::stop-commands::(\S+)$/m.exec(broken.stderr) ?? [];
  expect(broken.stderr.indexOf(`::${token}::`)).toBeGreaterThan(broken.stderr.indexOf('not_there'));

  // No kernel of the fake tree comes up, on the base neither: nothing is called well.
  await commit(home, 'mended', { [ONE]: patch('int own = 1;') });
  const mended = await look();
  expect(mended.code, mended.stderr).toBeGreaterThan(0);
  expect(await summary()).toContain('### What changed since `');
});
