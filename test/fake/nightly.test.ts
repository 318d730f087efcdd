// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marked } from 'marked';
import { expect } from 'vitest';
import { commit } from '../support/checkout.ts';
import { test } from '../support/fake.ts';
import { night, NIGHTLY, ONE, patch } from '../support/night.ts';
import { parseTap } from '../support/tap.ts';
import { matrixOf } from '../support/workflow.ts';

test('from checkout to issue: a night finds the commit that broke the build', async ({ fake }) => {
  const { home, gh, job, asked } = await night(fake);
  const green = await commit(home, 'good', {
    [ONE]: patch('int own;'),
    'kernel-patches/own/series': '0001-one.patch\n',
  });
  await commit(home, 'a word', { 'kernel-patches/own/README.md': 'A word.\n' });
  const culprit = await commit(home, 'broken', { [ONE]: patch('int own = not_there;') });
  await commit(home, 'beside', { 'guest/programs/base/README.md': 'Another.\n' });
  await writeFile(join(gh, 'green'), `${green}\n`);

  expect(await matrixOf(NIGHTLY, 'matrix', 'shard')).toEqual(['1', '2', '3', '4']);
  for (const shard of ['1', '2']) {
    const ran = await job('matrix', { 'matrix.shard': shard });
    expect(ran.code, ran.stderr).toBe(0);
  }
  await mkdir(join(home, 'proofs'));
  for (const [name, text] of [
    ['reproducible', 'TAP version 14\n1..1\nok 1 - two builds\n'],
    ['mutants', 'TAP version 14\n1..2\nok 1 - one\n'],
  ] as const)
    await writeFile(join(home, 'proofs', `${name}.tap`), text);
  const summed = await job('summary');
  expect(summed.code, summed.stderr).toBe(2);

  const read = (name: string) => readFile(join(home, 'nightly', name), 'utf8');
  const culprits = JSON.parse(await read('culprits.json')) as readonly {
    readonly key: string;
    readonly search: { readonly suspects: readonly string[]; readonly cure: unknown };
  }[];
  expect(culprits.map(({ key }) => key)).toEqual(['own build']);
  expect(culprits[0]?.search.suspects).toEqual([
    `${culprit.slice(0, 12)} broken (own/0001-one.patch)`,
  ]);
  expect(culprits[0]?.search.cure).toMatchObject({ verdict: 'cured' });
  const { points, faults } = parseTap(await read('nightly.tap'));
  expect([faults, points.map(({ name, ok }) => [name, ok])]).toEqual([
    [],
    [
      ['own/plain', false],
      ['own/cpus-1', false],
    ],
  ]);
  const summary = marked.parse(await readFile(join(gh, 'summary.md'), 'utf8'), { async: false });
  expect(summary).toContain('<td><code>Nightly: own does not build</code></td>');
  // A proof that was cut is none, and neither is one that is not there.
  for (const line of ['✅ <code>reproducible', '❌ <code>mutants', '❌ <code>churn'])
    expect(summary).toContain(line);
  const issue = (await asked()).find(({ args }) => args[1] === 'create');
  expect(issue?.args).toContain('Nightly: own does not build');
  expect(issue?.body).toContain("'not_there' undeclared");
  const recipe = /^```text\n(\{[^`]+\})\n```$/m.exec(issue?.body ?? '')?.[1] ?? '';
  expect(JSON.parse(recipe)).toMatchObject({ good: green, cell: 'own/plain', plan: ['smoke'] });

  // The next night adds to the issue that is open.
  expect((await job('summary')).code).toBe(2);
  expect((await asked()).filter(({ args }) => args[1] === 'create')).toHaveLength(1);
  expect((await asked()).filter(({ args }) => args[1] === 'comment')).toHaveLength(1);

  // A shard that is not there makes no night of the rest.
  const [first = ''] = (await readdir(join(home, 'shards'))).sort();
  await rm(join(home, 'shards', first), { recursive: true });
  const cut = await job('summary');
  expect([cut.code, cut.stderr]).toEqual([64, expect.stringContaining('missing: shard')]);
}, 240_000);
