// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { commit } from '../support/checkout.ts';
import { test } from '../support/fake.ts';
import { ROOT } from '../support/kbt.ts';
import { night, ONE, patch } from '../support/night.ts';

const RECIPES = join(ROOT, 'ci', 'recipes');

/** Only what these tests read of them. */
interface GitLab {
  readonly matrix: { readonly parallel: number; readonly script: readonly string[] };
  readonly night: { readonly script: readonly string[] };
}
interface Kubernetes {
  readonly spec: {
    readonly completions: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly [
          {
            readonly command: readonly string[];
            readonly env: readonly { readonly name: string; readonly value: string }[];
          },
        ];
      };
    };
  };
}

test('the shards of a night run as GitLab, SLURM and Kubernetes start them', async ({ fake }) => {
  const { home, env } = await night(fake);
  await commit(home, 'good', {
    [ONE]: patch('int own;'),
    'kernel-patches/own/series': '0001-one.patch\n',
  });
  const shared = { ...env, ROWS: 'plain cpus-1 cpus-4', OPTIONS: '--sources pin --accel tcg' };
  const bash = async (
    script: string,
    more: Readonly<Record<string, string>>,
    cwd = home,
  ): Promise<void> => {
    const ran = await execa('bash', ['-euc', script], {
      cwd,
      env: { ...shared, ...more },
      reject: false,
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
  };

  const gitlab = parse(await readFile(join(RECIPES, 'gitlab-ci.yml'), 'utf8')) as GitLab;
  expect(gitlab.matrix.parallel).toBeGreaterThan(1);
  const first = { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '3', KBT_CACHE: join(fake.directory, 'one') };
  await bash(gitlab.matrix.script.join('\n'), first);

  const slurm = { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '3', SLURM_SUBMIT_DIR: home };
  const node = { USER: 'tester', KBT_SHARED: join(fake.directory, 'one'), TMPDIR: fake.directory };
  await bash(join(RECIPES, 'slurm'), { ...slurm, ...node, KBT_CACHE: '' });
  // The kernel of all three cells is one: the first node has built it.
  expect(existsSync(join(fake.directory, 'kbt-tester', 'kernels'))).toBe(false);

  const job = parse(await readFile(join(RECIPES, 'kubernetes.yaml'), 'utf8')) as Kubernetes;
  const [container] = job.spec.template.spec.containers;
  expect(container.env).toContainEqual({ name: 'SHARDS', value: String(job.spec.completions) });
  const claim = join(fake.directory, 'claim');
  const work = join(fake.directory, 'work-of-pod');
  for (const directory of [claim, work]) await mkdir(directory);
  await rename(home, join(claim, 'kbt'));
  const pod = { JOB_COMPLETION_INDEX: '2', SHARDS: '3', NIGHT: claim, HOME: fake.directory };
  await bash(container.command.at(-1) ?? '', pod, work);

  const whole = join(claim, 'kbt');
  expect((await readdir(join(whole, 'shards'))).sort()).toEqual(['1', '2', '3']);
  // No kernel of the fake tree comes up: that is what the night has to say.
  const told = await execa('bash', ['-euc', gitlab.night.script.join('\n')], {
    cwd: whole,
    env: { ...shared, GOOD: '' },
    reject: false,
  });
  expect(told.exitCode, told.stderr).toBe(1);
  expect(await readdir(join(whole, 'nightly', 'issues'))).toEqual(['kbt-nightly-own-boot.md']);
}, 240_000);
