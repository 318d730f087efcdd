// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newFileDiff } from '../../harness/series/files/generated.ts';
import { checkOut } from './checkout.ts';
import type { Fake } from './fake.ts';
import { ROOT } from './kbt.ts';
import { runJob } from './workflow.ts';

export const NIGHTLY = join(ROOT, '.github', 'workflows', 'nightly.yml');

/** The patch of a series called `own`, and the files that it is made of with another body. */
export const patch = (body: string): string =>
  `From: A Tester <tester@example.com>\nSubject: [PATCH] one\n\n---\n${newFileDiff(
    'kernel/own.c',
    Buffer.from(`// SPDX-License-Identifier: GPL-2.0-only\n${body}\n`),
  )}`;

export const ONE = 'kernel-patches/own/0001-one.patch';

/** A checkout whose only series is a small one, and the means to run the jobs of a night in it. */
export const night = async (fake: Fake) => {
  const home = await checkOut(fake.directory, (path) => {
    const [, , name = ''] = /^(kernel-patches|guest\/programs)\/([^/]+)/.exec(path) ?? [];
    return existsSync(join(ROOT, 'kernel-patches', name, 'series'));
  });
  const gh = join(fake.directory, 'gh');
  await mkdir(gh);
  const env = {
    ...fake.env,
    PATH: `${join(ROOT, 'test', 'support', 'bin')}:${fake.env['PATH'] ?? ''}`,
    KBT_SOURCE: fake.tree,
    KBT_FAKE_GH: gh,
    GITHUB_STEP_SUMMARY: join(gh, 'summary.md'),
    GITHUB_ACTIONS: 'true',
  };
  const values = {
    'github.workspace': home,
    'github.token': 'none',
    'inputs.rows': 'plain cpus-1',
    'inputs.options': '--sources pin --accel tcg',
    'inputs.good': '',
    'strategy.job-total': '2',
  };
  const job = (name: string, more: Readonly<Record<string, string>> = {}) =>
    runJob(NIGHTLY, name, home, { ...values, ...more }, env);
  const asked = async () =>
    (await readFile(join(gh, 'asked.jsonl'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) => JSON.parse(line) as { readonly args: readonly string[]; readonly body: string },
      );
  return { home, gh, env, job, asked };
};
