// SPDX-License-Identifier: MIT
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const IDENTITY = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];
const SPDX = '// SPDX-License-Identifier: GPL-2.0-only\n';

/** A file of forty lines, some of them others. */
const long = (name: string, others: Readonly<Record<number, string>> = {}): string =>
  SPDX + Array.from({ length: 40 }, (_, i) => others[i] ?? `int ${name}_${i};`).join('\n') + '\n';

/** A project with a series of five patches for one source, and the source after it, in which much has changed. */
const moved = async (fake: Fake) => {
  const kernel = join(fake.tree, 'kernel');
  for (const name of ['a', 'b', 'c', 'd']) await writeFile(join(kernel, `${name}.c`), long(name));
  const series = await fake.series([
    // Lines of another system keep their ends.
    { 'kernel/new.c': `${SPDX}int added;\r\n` },
    { 'kernel/a.c': long('a', { 20: 'int ours;' }) },
    { 'kernel/b.c': long('b', { 20: 'int fixed;' }) },
    { 'kernel/c.c': long('c', { 5: 'int first;', 30: 'int second;' }) },
    { 'kernel/d.c': long('d', { 20: 'int mine;' }) },
  ]);
  const next = join(fake.directory, 'next');
  await cp(fake.tree, next, { recursive: true });
  const makefile = await readFile(join(next, 'Makefile'), 'utf8');
  await writeFile(join(next, 'Makefile'), makefile.replace('SUBLEVEL = 117', 'SUBLEVEL = 118'));
  const write = (name: string, text: string) => writeFile(join(next, 'kernel', `${name}.c`), text);
  await write('a', long('a').replace(SPDX, `${SPDX}int above_1;\nint above_2;\nint above_3;\n`));
  await write('b', long('b', { 20: 'int fixed;', 35: 'int more;' }));
  await write('c', long('c', { 5: 'int first;', 30: 'int theirs;' }));
  await write('d', long('d', { 20: 'int yours;' }));
  const project = join(fake.directory, 'project');
  const home = join(project, 'kernel-patches', 'five');
  await mkdir(join(project, 'kernel-patches'), { recursive: true });
  await cp(series, home, { recursive: true });
  const pack = async (tree: string): Promise<string> => {
    await execa('tar', ['-C', join(tree, '..'), '-czf', `${tree}.tar.gz`, basename(tree)]);
    return `${tree}.tar.gz`;
  };
  const run = (...args: readonly string[]) => kbt(['series', ...args], fake.env, project);
  return {
    project,
    home,
    next,
    tarball: await pack(fake.tree),
    nextTarball: await pack(next),
    run,
  };
};

const MOVED: readonly unknown[] = [
  expect.stringMatching(/^from 6\.12\.117 to /),
  '   1  edit 1: applies',
  '   2  edit 2: applies, 3 lines from its place',
];
const REST = ['   4  edit 4: is there in part, 1 of 2 hunks', '   5  edit 5: conflicts'];
/** The lines of a report but for the details of a conflict. */
const rows = (stdout: string): readonly string[] =>
  stdout.split('\n').filter((line) => !line.startsWith('     '));

test('a series is told how it stands to another release, and put there as far as git am can', async ({
  fake,
}) => {
  const { project, home, tarball, nextTarball, run } = await moved(fake);
  const source = ['--source', nextTarball];
  const before = await readFile(join(home, '0001-edit-1.patch'), 'utf8');
  const alone = await run('rebase', 'five', '-n', ...source);
  expect([alone.code, alone.stderr]).toEqual([
    2,
    expect.stringContaining('five applies to no source that is here'),
  ]);
  expect((await run('checkout', 'five', '--source', tarball)).code).toBe(0);

  const told = await run('rebase', 'five', '-n', ...source);
  const wanted = [...MOVED, '   3  edit 3: is there already', ...REST];
  expect([told.code, rows(told.stdout)], told.stderr).toEqual([2, wanted]);
  expect(told.stdout).toMatch(/what stands in kernel\/d\.c instead:\n.*\n[^]*int yours;/);
  expect((await readdir(join(project, 'linux-five', 'kernel'))).includes('new.c')).toBe(true);

  const put = await run('rebase', 'five', ...source);
  expect([put.code, rows(put.stdout)], put.stderr).toEqual([
    2,
    [...wanted, 'linux-five: branch five, 2 commits above kbt-base'],
  ]);
  expect(put.stderr).toContain('git am has stopped at a conflict');
  const cwd = join(project, 'linux-five');
  const git = (...args: readonly string[]) => execa('git', [...IDENTITY, ...args], { cwd });
  // Who gives up can begin again; what only a checkout has is not thrown away.
  await git('am', '--abort');
  expect(rows((await run('rebase', 'five', ...source)).stdout)).toEqual(rows(put.stdout));
  await git('am', '--abort');
  await writeFile(join(cwd, 'kernel', 'own.c'), 'int own;\n');
  await git('add', '-A');
  await git('commit', '-qm', 'precious');
  const kept = await run('rebase', 'five', cwd, ...source);
  expect([kept.code, kept.stderr]).toEqual([64, expect.stringMatching(/have no .* \(precious\)/)]);
  await git('reset', '-q', '--hard', 'HEAD~1');
  await run('rebase', 'five', ...source);
  const early = await run('export', 'five', ...source);
  expect([early.code, early.stderr]).toEqual([64, expect.stringContaining('is under way')]);
  // The three sides of both conflicts are there to be merged.
  for (const [name, ours, theirs] of [
    ['c', 'int second;', 'int theirs;'],
    ['d', 'int mine;', 'int yours;'],
  ] as const) {
    const file = join(cwd, 'kernel', `${name}.c`);
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(new RegExp(`<<<<<<<[^]*${theirs}[^]*=======[^]*${ours}[^]*>>>>>>>`));
    await writeFile(file, text.replaceAll(/<<<<<<<[^]*?=======\n|>>>>>>>.*\n/g, ''));
    await git('add', '-A');
    await git('am', '--continue').catch(() => undefined);
  }
  const exported = await run('export', 'five', ...source);
  expect(exported.stdout.split('\n'), exported.stderr).toEqual([
    '+ 0003-edit-4.patch',
    '+ 0004-edit-5.patch',
    '+ series',
    '- 0003-edit-3.patch',
    '- 0004-edit-4.patch',
    '- 0005-edit-5.patch',
    '2 unchanged',
  ]);
  expect(await readFile(join(home, '0001-edit-1.patch'), 'utf8')).toBe(before);
  const again = await run('rebase', 'five', '-n', ...source);
  expect([again.code, rows(again.stdout).slice(1)], again.stderr).toEqual([
    0,
    ['1  edit 1', '2  edit 2', '3  edit 4', '4  edit 5'].map((line): unknown =>
      expect.stringContaining(`   ${line}: applies`),
    ),
  ]);
});

test('of a git tree a patch is known by its commit, and one that came with other lines around is', async ({
  fake,
}) => {
  const { project, next, tarball, run } = await moved(fake);
  expect((await run('checkout', 'five', '--source', tarball)).code).toBe(0);
  const tree = join(fake.directory, 'tree');
  const git = (...args: readonly string[]) => execa('git', [...IDENTITY, ...args], { cwd: tree });
  await cp(fake.tree, tree, { recursive: true });
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-qm', 'Linux 6.12');
  await git('tag', 'v6.12');
  // As it was taken, and edited by others after that.
  const b = (text: string) => writeFile(join(tree, 'kernel', 'b.c'), text);
  await b(long('b', { 20: 'int fixed;' }));
  await git('commit', '-qam', 'taken');
  const taken = (await git('rev-parse', 'HEAD')).stdout;
  await b(long('b', { 20: 'int fixed_again;' }));
  await git('commit', '-qam', 'edited');
  for (const name of ['a', 'c', 'd'])
    await cp(join(next, 'kernel', `${name}.c`), join(tree, 'kernel', `${name}.c`));
  await git('commit', '-qam', 'others');

  const lost = await run('rebase', 'five', '-n', '--onto', 'v6.12');
  expect([lost.code, lost.stderr]).toEqual([64, expect.stringContaining('--onto goes with')]);
  const told = await run('rebase', 'five', '-n', '--tree', tree);
  const known = `   3  edit 3: is there already: ${taken.slice(0, 12)}`;
  expect([told.code, rows(told.stdout)], told.stderr).toEqual([2, [...MOVED, known, ...REST]]);

  const put = await run('rebase', 'five', '--tree', tree, '--onto', 'v6.12');
  expect([put.code, rows(put.stdout).at(-1)], put.stderr).toEqual([
    0,
    'linux-five: branch five, 5 commits above kbt-base',
  ]);
  // The pin is another source; a tree that is named is not.
  expect((await run('export', 'five', '--source', tarball)).stderr).toContain(
    'does not stand on the source',
  );
  const exported = await run('export', 'five', '--tree', tree);
  expect([exported.code, exported.stdout], exported.stderr).toEqual([0, '5 unchanged']);
  expect((await readdir(project)).toSorted()).toEqual(['kernel-patches', 'linux-five']);
});

test('what was taken and taken out again applies; what only a twin has is unclear; a tree of its own', async ({
  fake,
}) => {
  const { project, home, tarball, run } = await moved(fake);
  const twins = (at: readonly number[]) =>
    Array.from({ length: 3 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) =>
        j === 4 && at.includes(i) ? 'check();\nend;' : j === 4 ? 'end;' : 'line;',
      ).join('\n'),
    ).join('\n') + '\n';
  const tree = join(fake.directory, 'tree');
  const git = (...args: readonly string[]) => execa('git', [...IDENTITY, ...args], { cwd: tree });
  const commit = async (title: string, text: string) => {
    await writeFile(join(tree, 'kernel', 'twins.c'), text);
    await git('add', '-A');
    await git('commit', '-qm', title);
  };
  await cp(fake.tree, tree, { recursive: true });
  await git('init', '-q');
  await commit('Linux 6.12', twins([]));
  await git('tag', 'v6.12');
  await commit('check the second', twins([1]));
  await git('format-patch', '-q', '-o', join(project, 'kernel-patches', 'twin'), '-1');
  await git('revert', '--no-edit', 'HEAD');
  // It stands on this tree alone: no source in the cache has the file.
  const reverted = await run('rebase', 'twin', '--tree', tree);
  expect(reverted.stdout.split('\n').slice(1), reverted.stderr).toEqual([
    '   1  check the second: applies',
    'linux-twin: branch twin, 1 commit above kbt-base',
  ]);
  await commit('check the first, which is moved', `${'above;\n'.repeat(5)}${twins([0])}`);
  const twin = await run('rebase', 'twin', '-n', '--tree', tree);
  expect([twin.code, twin.stdout.split('\n')[1]], twin.stderr).toEqual([
    2,
    expect.stringMatching(/check the second: fits \d+ lines? from its place, and is there/),
  ]);
  expect((await readdir(home)).length).toBeGreaterThan(0);
  expect((await run('checkout', 'five', '--source', tarball)).code).toBe(0);
});
