// SPDX-License-Identifier: MIT
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { kbt } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const IDENTITY = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];

/** A project with a series of three patches, and a checkout of it. */
const checkedOut = async (fake: Fake) => {
  const project = join(fake.directory, 'project');
  const home = join(project, 'kernel-patches', 'three');
  const text = (name: string) => `// SPDX-License-Identifier: GPL-2.0-only\nint ${name};\n`;
  const series = await fake.series([
    { 'kernel/first.c': text('first') },
    { 'kernel/second.c': text('second') },
    { 'kernel/third.c': text('third') },
  ]);
  await mkdir(join(project, 'kernel-patches'), { recursive: true });
  await cp(series, home, { recursive: true });
  const run = (...args: readonly string[]) =>
    kbt(['series', ...args, '--source', fake.tree], fake.env, project);
  const git = (...args: readonly string[]) =>
    execa('git', [...IDENTITY, ...args], { cwd: join(project, 'linux-three') });
  const files = async (): Promise<Readonly<Record<string, string>>> => {
    const names = (await readdir(home)).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(join(home, name), 'utf8')));
    return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
  };
  const made = await run('checkout', 'three');
  expect([made.code, made.stdout], made.stderr).toEqual([
    0,
    'linux-three: branch three, 3 commits above kbt-base',
  ]);
  return { project, home, run, git, files };
};

test('a series goes out as a branch and comes back: what nobody changed to the byte', async ({
  fake,
}) => {
  const { project, home, run, git, files } = await checkedOut(fake);
  const before = await files();
  // Nothing of the cache is needed any more.
  await rm(join(fake.env['KBT_CACHE'] ?? '', 'source'), { recursive: true });
  const log = await git('log', '--format=%s', 'kbt-base..three');
  expect(log.stdout.split('\n')).toEqual(['edit 3', 'edit 2', 'edit 1']);
  const same = await run('export', 'three');
  expect([same.code, same.stdout], same.stderr).toEqual([0, '3 unchanged']);
  expect(await files()).toEqual(before);

  // The second patch is another one now, and one comes in before the third.
  const third = (await git('rev-parse', 'HEAD')).stdout;
  await git('reset', '-q', '--hard', 'HEAD~1');
  const edit = (name: string, text: string) =>
    writeFile(join(project, 'linux-three', 'kernel', name), text);
  await edit('second.c', 'int second_edited;\n');
  await git('commit', '-q', '--amend', '-am', 'edit 2 again');
  await edit('between.c', 'int between;\n');
  await git('add', '-A');
  await git('commit', '-qm', 'kernel: Come between');
  await git('cherry-pick', third);
  const args = [...fake.args, '--series-dir', home];
  const ahead = await kbt(args, fake.env, project);
  expect(ahead.stderr).toContain(`three has other commits in ${project}/linux-three`);
  const changed = await run('export', 'three');
  expect(changed.stdout.split('\n'), changed.stderr).toEqual([
    '+ 0002-edit-2-again.patch',
    '+ 0003-kernel-Come-between.patch',
    '+ 0004-edit-3.patch',
    '+ series',
    '- 0002-edit-2.patch',
    '- 0003-edit-3.patch',
    '1 unchanged',
  ]);
  const after = await files();
  expect(after['0001-edit-1.patch']).toBe(before['0001-edit-1.patch']);
  expect(after['0004-edit-3.patch']).toBe(before['0003-edit-3.patch']);
  expect(after['series']).toMatch(/^0001-.*\n0002-.*\n0003-.*\n0004-edit-3\.patch\n$/);
  const built = await kbt(args, fake.env, project);
  expect([built.code, built.stderr.includes('other commits')], built.stderr).toEqual([1, false]);
});

test('git adds new files to a checkout, although the .gitignore of Debian ignores all', async ({
  fake,
}) => {
  await writeFile(join(fake.tree, '.gitignore'), '.*\n*.o\n/*\n!/debian/\n');
  const { project, run, git } = await checkedOut(fake);
  await writeFile(join(project, 'linux-three', 'kernel', 'fourth.c'), 'int fourth;\n');
  await writeFile(join(project, 'linux-three', 'kernel', 'fourth.o'), '');
  await writeFile(join(project, 'linux-three', 'kernel', '.gitignore'), '/fourth\n');
  await git('add', '--all');
  await git('commit', '-qm', 'kernel: Add a fourth');
  expect((await git('show', '--name-only', '--format=')).stdout.split('\n')).toEqual([
    'kernel/.gitignore',
    'kernel/fourth.c',
  ]);
  // A commit below is rebuilt, and the edit is in none of them.
  await git('rebase', '-q', '--force-rebase', 'kbt-base');
  expect((await git('status', '--porcelain')).stdout).toBe('');
  const { stdout, stderr } = await run('export', 'three');
  expect(stdout.split('\n'), stderr).toEqual([
    '+ 0004-kernel-Add-a-fourth.patch',
    '+ series',
    '3 unchanged',
  ]);
});

test('a branch that is no series is not exported, and no file is touched', async ({ fake }) => {
  const { project, run, git, files } = await checkedOut(fake);
  const before = await files();
  const refused = async (what: string): Promise<void> => {
    const { code, stderr } = await run('export', 'three');
    expect([code, stderr]).toEqual([64, expect.stringContaining(what)]);
    expect(await files()).toEqual(before);
  };
  await writeFile(join(project, 'linux-three', 'kernel', 'one.c'), 'int edited;\n');
  await refused('edits that no commit has');
  await git('checkout', '-q', '--', '.');
  await git('checkout', '-q', '-b', 'side', 'HEAD~1');
  await git('commit', '-q', '--allow-empty', '-m', 'aside');
  await git('checkout', '-q', 'three');
  await git('merge', '-q', '--no-edit', 'side');
  await refused('the branch has merges');
  await git('reset', '-q', '--hard', 'ORIG_HEAD');
  await git('checkout', '-q', '--detach', 'HEAD~1');
  await refused('a commit is checked out, not the branch three');
  await git('checkout', '-q', 'three');
  await git('commit', '-q', '--allow-empty', '-m', 'nothing');
  await refused('(nothing) changes no file');
  await writeFile(join(project, 'linux-three', 'kernel', 'one.c'), 'int edited;\n');
  await git('commit', '-q', '-a', '--amend', '-m', 'quotes\n\ndiff --git a/x b/x');
  await refused('(quotes) has a line that begins a diff');
  await git('reset', '-q', '--hard', 'kbt-base');
  await refused('no commit above the source');
  await git('update-ref', '-d', 'refs/heads/three');
  await git('commit', '-qm', 'other');
  await refused('does not stand on the source');
  const again = await run('checkout', 'three');
  expect([again.code, again.stderr]).toEqual([64, expect.stringContaining('is there already')]);
  const unknown = await run('export', 'three', project);
  expect([unknown.code, unknown.stderr]).toEqual([
    64,
    expect.stringContaining('no checkout of a series'),
  ]);
});

test('names, a list and its comments stay as they are, and a file that no commit has is told', async ({
  fake,
}) => {
  const project = join(fake.directory, 'project');
  const home = join(project, 'kernel-patches', 'quilt');
  await mkdir(join(home, 'sub'), { recursive: true });
  const diff = (name: string, prefix: string) =>
    `--- /dev/null\n+++ ${prefix}kernel/${name}.c\n@@ -0,0 +1 @@\n+int ${name};\n`;
  const own = {
    'a.diff': diff('a', ''),
    'sub/0007-b.patch': diff('b', 'b/'),
    '0003-c.patch': diff('c', 'b/'),
    series: '# of ours\n\na.diff -p0\n# of others\nsub/0007-b.patch  # why\n0003-c.patch\n',
  };
  for (const [name, text] of Object.entries(own)) await writeFile(join(home, name), text);
  const run = (...args: readonly string[]) =>
    kbt(['series', ...args, 'quilt', '--source', fake.tree], fake.env, project);
  const laid = await run('checkout');
  expect(laid.code, laid.stderr).toBe(0);
  const same = await run('export');
  expect([same.code, same.stdout], same.stderr).toEqual([0, '3 unchanged']);
  for (const [name, text] of Object.entries(own))
    expect(await readFile(join(home, name), 'utf8')).toBe(text);

  const cwd = join(project, 'linux-quilt');
  const git = (...args: readonly string[]) => execa('git', [...IDENTITY, ...args], { cwd });
  await git('reset', '-q', '--hard', 'HEAD~1');
  await writeFile(join(cwd, 'kernel', 'd.c'), 'int d;\n');
  await git('add', '-A');
  await git('commit', '-qm', 'kernel: Add d');
  await writeFile(join(cwd, 'kernel', 'forgotten.c'), 'int e;\n');
  const changed = await run('export');
  expect(changed.stdout.split('\n')).toEqual([
    '+ kernel-Add-d.patch',
    '+ series',
    '- 0003-c.patch',
    '2 unchanged',
  ]);
  expect(changed.stderr).toContain('no commit has these files: kernel/forgotten.c');
  expect(await readFile(join(home, 'series'), 'utf8')).toBe(
    own.series.replace('0003-c.patch', 'kernel-Add-d.patch'),
  );
});
