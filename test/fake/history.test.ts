// SPDX-License-Identifier: MIT
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { newFileDiff } from '../../harness/series/files/generated.ts';
import { kbt } from '../support/kbt.ts';
import { git } from '../support/planted.ts';
import { test, type Fake } from '../support/fake.ts';

const FINDS = '! grep -q PLANTED "$KBT_VMLINUX"';

const source = (name: string, says: string): string =>
  `// SPDX-License-Identifier: GPL-2.0-only\nconst char *volatile ${name} = "${says}";\n`;

const patch = (subject: string, file: string, text: string): string =>
  `From: A Tester <tester@example.com>\nSubject: [PATCH] ${subject}\n\n---\n${newFileDiff(file, Buffer.from(text))}`;

/** A repository of somebody's, with a series of two patches; gives the commits, one an entry. */
const project = async (
  { directory }: Fake,
  entries: readonly Readonly<Record<string, string>>[],
): Promise<{ readonly home: string; readonly commits: readonly string[] }> => {
  const home = join(directory, 'project');
  await mkdir(join(home, 'kernel-patches', 'own'), { recursive: true });
  await git(home, 'init', '-q');
  const commits: string[] = [];
  for (const [index, files] of entries.entries()) {
    for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text);
    await git(home, 'add', '-A');
    await git(home, 'commit', '-qm', `entry ${index}`);
    commits.push((await execa('git', ['-C', home, 'rev-parse', 'HEAD'])).stdout);
  }
  return { home, commits };
};

const ONE = 'kernel-patches/own/0001-one.patch';
const TWO = 'kernel-patches/own/0002-two.patch';

test('of the history of a series the commit is found that broke it, in the project one stands in', async ({
  fake,
}) => {
  const start = {
    'kernel-patches/own/series': '0001-one.patch\n0002-two.patch\n',
    [ONE]: patch('one', 'kernel/first.c', source('one', 'first')),
    [TWO]: patch('two', 'kernel/second.c', source('two', 'first')),
  };
  const { home, commits } = await project(fake, [
    start,
    { 'kernel-patches/own/README.md': 'No part of it.\n' },
    { beside: 'Nor is this.\n' },
    { [ONE]: patch('one', 'kernel/first.c', 'does not compile\n') },
    { [ONE]: patch('one', 'kernel/first.c', source('one', 'PLANTED')) },
    { [TWO]: patch('two', 'kernel/second.c', source('two', 'second')) },
  ]);
  const json = join(fake.directory, 'bisect.json');
  const asked = ['--run', FINDS, '--source', fake.tree, '--json', json];
  const ran = await kbt(
    ['bisect', '--history', '--good', commits[0] ?? '', ...asked],
    // As where nobody names a place for them.
    { ...fake.env, KBT_RESULTS: '' },
    home,
  );
  expect(ran.code, ran.stderr).toBe(1);
  const found = JSON.parse(await readFile(json, 'utf8')) as Bisected;
  // What does not compile cannot be told from what comes right after it.
  expect(found.suspects.map((label) => label.slice(0, 12))).toEqual(
    [commits[3], commits[4]].map((id) => id?.slice(0, 12)),
  );
  expect(found.suspects[1]).toContain('entry 4 (own/0001-one.patch)');
  expect(found.steps.some(({ label }) => label.includes('entry 2'))).toBe(false);
  // Its results are the project's, and nothing lies beside them.
  expect((await readdir(home)).sort()).toEqual(['.git', 'beside', 'kernel-patches', 'results']);

  const mended = await kbt(
    ['bisect', '--history', '--good', commits[3] ?? '', '--bad', commits[4] ?? '', ...asked],
    fake.env,
    home,
  );
  expect(mended.code).toBe(64);
  expect(mended.stderr).toContain('the good end');
});

test('one commit is taken out of the history again, and cures it', async ({ fake }) => {
  const { home, commits } = await project(fake, [
    {
      'kernel-patches/own/series': '0001-one.patch\n0002-two.patch\n',
      [ONE]: patch('one', 'kernel/first.c', source('one', 'first')),
      [TWO]: patch('two', 'kernel/second.c', source('two', 'first')),
    },
    { [ONE]: patch('one', 'kernel/first.c', source('one', 'PLANTED')) },
    { [TWO]: patch('two', 'kernel/second.c', source('two', 'second')) },
  ]);
  const json = join(fake.directory, 'bisect.json');
  const { code, stderr } = await kbt(
    ['bisect', '--history', '--good', commits[0] ?? '', '--run', FINDS].concat([
      '--source',
      fake.tree,
      '--json',
      json,
    ]),
    fake.env,
    home,
  );
  expect(code, stderr).toBe(0);
  const found = JSON.parse(await readFile(json, 'utf8')) as Bisected;
  expect(found.suspects).toEqual([expect.stringContaining('entry 1')]);
  expect(found.cure).toMatchObject({ verdict: 'cured' });
  expect(found.byHand[1]).toContain(`git checkout ${commits[1]?.slice(0, 12) ?? ''}^`);
});

test('a revision that is none, or has nothing to search, is told', async ({ fake }) => {
  const { home, commits } = await project(fake, [
    {
      'kernel-patches/own/series': '0001-one.patch\n',
      [ONE]: patch('one', 'kernel/first.c', source('one', 'first')),
    },
    { beside: 'No part of it.\n' },
  ]);
  const ask = (...args: readonly string[]) =>
    kbt(['bisect', '--history', '--build', '--source', fake.tree, ...args], fake.env, home);
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], 'it is not said which revision is good'],
    [['--good', 'v9'], 'v9 is no revision of'],
    [['--good', commits[0] ?? ''], 'changes kernel-patches/'],
    [['--good', commits[1] ?? '', '--bad', commits[0] ?? ''], 'is no ancestor of'],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await ask(...args);
    expect(stderr).toContain(says);
    expect(code).toBe(64);
  }
});
