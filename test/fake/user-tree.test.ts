// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { appendFile, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Context } from '../../harness/base/context.ts';
import { applySeries } from '../../harness/series/apply/apply.ts';
import { openUserTree, sourceAt } from '../../harness/source/tree/user-tree.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { test as base, type Fake } from '../support/fake.ts';

const C = (value: string) =>
  `// SPDX-License-Identifier: GPL-2.0-only\nint one(void);\n\nint one(void)\n{\n\treturn ${value};\n}\n`;

/** A git tree of somebody's, and runs on it. */
interface Own {
  readonly fake: Fake;
  readonly git: (...args: string[]) => Promise<string>;
  readonly run: (...args: string[]) => ReturnType<typeof kbt>;
  /** What make said in the last run, all builds together. */
  readonly log: () => Promise<string>;
}

const test = base.extend<{ own: Own }>({
  own: async ({ fake }, use) => {
    const git = async (...args: string[]) =>
      (
        await execa(
          'git',
          ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com', ...args],
          { cwd: fake.tree },
        )
      ).stdout;
    await writeFile(join(fake.tree, '.gitignore'), '.*\n*.o\n/include/config/\n!.gitignore\n');
    await git('init', '-q');
    await git('add', '-A');
    await git('commit', '-qm', 'the beginning');
    const rest = fake.args.slice(3);
    await use({
      fake,
      git,
      run: (...args) => kbt(['boot-test', '--tree', fake.tree, ...rest, ...args], fake.env),
      log: async () => {
        const trees = join(fake.env['KBT_CACHE'] ?? '', 'trees');
        const names = (await readdir(trees)).filter((name) => !name.startsWith('template-'));
        const logs = names.map((name) => readFile(join(trees, name, 'build.log'), 'utf8'));
        return (await Promise.all(logs)).join('');
      },
    });
  },
});

/** Names, bytes, modes and times of everything below a directory, .git included. */
const sum = async (directory: string): Promise<string> => {
  const hash = createHash('sha256');
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const file = join(directory, name);
    const { mtimeMs, mode, ino } = await lstat(file);
    hash.update(`${name}\0${mtimeMs}\0${mode}\0${ino}\0`);
    if ((await lstat(file)).isFile()) hash.update(await readFile(file));
  }
  return hash.digest('hex');
};

test('a tree is built as it stands: edits, new files, staged ones; built in place or not', async ({
  own,
}) => {
  const { fake, git, run, log } = own;
  // What a build in its place leaves behind: kbuild builds such a tree nowhere else.
  await writeFile(join(fake.tree, '.config'), 'CONFIG_OF_ANOTHER_BUILD=y\n');
  await mkdir(join(fake.tree, 'include', 'config'), { recursive: true });
  await writeFile(join(fake.tree, 'include', 'config', 'auto.conf'), '');
  await writeFile(join(fake.tree, 'kernel', 'one.o'), 'stale');
  await writeFile(join(fake.tree, 'kernel', 'two.c'), 'int two_edited;\n');
  await git('update-index', '--assume-unchanged', 'kernel/two.c');
  await writeFile(join(fake.tree, 'kernel', 'new.c'), 'int new_file;\n');
  await writeFile(join(fake.tree, 'kernel', '.staged.c'), 'int ignored_but_staged;\n');
  await git('add', '-f', 'kernel/.staged.c');
  const first = await run();
  const head = await git('rev-parse', '--short=12', 'HEAD');
  expect(first.stdout).toContain(`source 6.12.117 tree ${head}, with uncommitted edits\n`);
  expect(first.stdout).toContain('# series none');
  expect(first.code).toBe(1);
  const made = await log();
  for (const name of ['one', 'two', 'new']) expect(made).toContain(`CC      kernel/${name}.o`);
  const names = await readdir(join(fake.env['KBT_CACHE'] ?? '', 'trees'));
  const home = names.find((name) => !name.startsWith('template-')) ?? '';
  const checkout = join(fake.env['KBT_CACHE'] ?? '', 'trees', home, 'linux');
  expect(await readFile(join(checkout, 'kernel', 'two.c'), 'utf8')).toBe('int two_edited;\n');
  expect(await readdir(join(checkout, 'kernel'))).toContain('.staged.c');
  expect(await readdir(checkout)).not.toContain('.config');

  await appendFile(join(fake.tree, 'kernel', 'new.c'), 'int more;\n');
  expect((await run()).code).toBe(1);
  expect((await log()).match(/CC .*/g)).toEqual(['CC      kernel/new.o']);
  expect((await run()).stderr).toContain('nothing to build');
});

test('nothing in the tree or its repository is written, not even a time', async ({ own }) => {
  const { fake, git, run } = own;
  const file = join(fake.tree, 'kernel', 'one.c');
  const series = await fake.series([{ 'kernel/one.c': C('2') }]);
  await writeFile(file, C('2'));
  await git('commit', '-qam', 'what the series does, too');
  await git('gc', '-q');
  await git('reset', '-q', '--soft', 'HEAD~1');
  // What is written now is in a pack of theirs: git would set the time of that.
  const before = await sum(fake.tree);
  expect((await run()).stdout).toContain('with uncommitted edits');
  expect(await sum(fake.tree)).toBe(before);
  await git('checkout', '-q', '-f', 'HEAD');
  const again = await sum(fake.tree);
  const applied = await run('--series-dir', series);
  expect(applied.stdout).toContain('# series series (1)');
  expect(applied.code).toBe(1);
  expect(await sum(fake.tree)).toBe(again);
});

test('a warning in an edit is the tree’s own, one in what is committed is not', async ({ own }) => {
  const { fake, git, run } = own;
  const file = join(fake.tree, 'kernel', 'one.c');
  await writeFile(file, C('({ int unused; 1; })'));
  const edited = await run();
  expect(edited.stderr).toContain(
    "kernel/one.c:6: unused variable 'unused' [-Wunused-variable] (uncommitted edits)",
  );
  expect(edited.code).toBe(2);
  await git('commit', '-qam', 'a warning');
  expect((await run()).code).toBe(1);
});

test('a worktree of a shallow clone that borrows itself is built all the same', async ({ own }) => {
  const { fake, git } = own;
  await writeFile(join(fake.tree, 'kernel', 'one.c'), C('3'));
  await git('commit', '-qam', 'three');
  const clone = join(fake.directory, 'clone');
  await execa('git', ['clone', '-q', '--depth=1', `file://${fake.tree}`, clone]);
  const shared = join(fake.directory, 'shared');
  await execa('git', ['clone', '-q', '--shared', clone, shared]);
  const work = join(fake.directory, 'linked');
  await execa('git', ['worktree', 'add', '-q', work], { cwd: shared });
  await writeFile(join(work, 'kernel', 'one.c'), C('4'));
  const args = ['boot-test', '--tree', join(work, 'kernel'), ...fake.args.slice(3)];
  const { code, stdout } = await kbt(args, fake.env);
  expect(stdout).toContain('with uncommitted edits');
  expect(code).toBe(1);
});

test('a tree of another version goes without options that it does not know', async ({ own }) => {
  const { fake, git, run } = own;
  const makefile = join(fake.tree, 'Makefile');
  const text = await readFile(makefile, 'utf8');
  await writeFile(makefile, text.replace('PATCHLEVEL = 12', 'PATCHLEVEL = 1'));
  const left = await run();
  expect(left.stderr).toMatch(/Linux 6\.1\.117 has none of these options of base.config.*_64BIT,/);
  expect(left.code).toBe(1);
  await writeFile(makefile, text.replace('PATCHLEVEL = 12', 'PATCHLEVEL = 0'));
  await git('commit', '-qam', 'old');
  const old = await run();
  expect(old.stderr).toContain('6.1 is the oldest');
  expect(old.code).toBe(64);
});

test('a revision is a source that owns what its one commit changed', async ({ own }) => {
  const { fake, git } = own;
  await writeFile(join(fake.tree, 'kernel', 'one.c'), C('5'));
  await git('commit', '-qam', 'five');
  await git('tag', 'v5', '-m', 'annotated');
  const [root, five] = (await git('rev-list', '--reverse', 'HEAD')).split('\n');
  const before = await sum(fake.tree);
  const context: Context = {
    root: ROOT,
    project: ROOT,
    env: process.env,
    cache: join(fake.directory, 'cache'),
    emit: () => undefined,
    signal: new AbortController().signal,
  };
  const tree = await openUserTree(context, fake.tree);
  if (!tree.ok) throw new Error(tree.failure.what);
  const at = (rev: string) => sourceAt(context, tree.value, rev);
  for (const rev of ['v5', five?.slice(0, 9) ?? '', 'HEAD'])
    expect(await at(rev)).toMatchObject({ ok: true, value: { commit: five, base: root } });
  const first = await at('v5~1');
  expect(first).toMatchObject({ ok: true, value: { commit: root } });
  expect(first.ok && 'base' in first.value).toBe(false);
  for (const rev of ['v6', 'HEAD~2', '--all', 'HEAD:Makefile'])
    expect(await at(rev)).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  const source = await at('v5');
  if (!source.ok) throw new Error(source.failure.what);
  const applied = await applySeries(context, source.value, []);
  const patch = `${five?.slice(0, 12) ?? ''} five`;
  expect(applied).toMatchObject({ ok: true, value: { patches: [{ commit: five, patch }] } });
  expect(await sum(fake.tree)).toBe(before);
});

test('a repository inside the tree is left out, with a word', async ({ own }) => {
  const { fake, run } = own;
  await execa('git', ['clone', '-q', fake.tree, join(fake.tree, 'kernel', 'nested')]);
  const { code, stderr } = await run();
  expect(stderr).toContain('kernel/nested is a git repository of its own');
  expect(code).toBe(1);
});

test('what is no tree to build is told apart, each in its own words', async ({ own }) => {
  const { fake, git, run } = own;
  const refused = async (words: string, ...args: string[]) => {
    const { code, stderr } = await kbt(['boot-test', ...args], fake.env);
    expect(stderr).toContain(words);
    expect(code).toBe(64);
  };
  const place = (name: string) => join(fake.directory, name);
  await refused('there is no directory', '--tree', place('gone'));
  await mkdir(place('plain'));
  await refused('is not a git tree', '--tree', place('plain'));
  await execa('git', ['init', '-q', place('empty')]);
  await refused('has no commit yet', '--tree', place('empty'));
  await execa('git', ['clone', '-q', '--bare', fake.tree, place('bare.git')]);
  await refused('without a work tree', '--tree', place('bare.git'));
  await refused('--tree and --source do not go', '--tree', fake.tree, '--source', fake.tree);
  await refused('--tree and --frozen do not go', '--tree', fake.tree, '--frozen');
  await git('rm', '-rq', 'arch');
  await git('commit', '-qm', 'another project');
  expect(await run()).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('is no Linux tree at') as string,
  });
  await git('checkout', '-q', 'HEAD~1');
  const blob = await git('rev-parse', 'HEAD:kernel/two.c');
  await rm(join(fake.tree, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
  expect(await run()).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('git fetch --refetch') as string,
  });
});
