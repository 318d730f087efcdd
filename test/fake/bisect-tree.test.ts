// SPDX-License-Identifier: MIT
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { test as base, type Fake } from '../support/fake.ts';
import { readTold } from '../support/told.ts';

const FINDS = '! grep -q PLANTED "$KBT_VMLINUX"';

/** A git history of somebody's in the fake tree. */
interface History {
  readonly fake: Fake;
  readonly git: (...args: string[]) => Promise<string>;
  /** A commit that gives one file this body; its id. */
  readonly commit: (file: string, body: string) => Promise<string>;
  readonly bisect: (...args: string[]) => Promise<{
    readonly code: number | undefined;
    readonly stderr: string;
    readonly found: Bisected | undefined;
  }>;
}

const test = base.extend<{ history: History }>({
  history: async ({ fake }, use) => {
    const call = async (cwd: string, args: readonly string[]) =>
      (
        await execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
          cwd,
        })
      ).stdout;
    const git = (...args: string[]) => call(fake.tree, args);
    const commit = async (file: string, body: string) => {
      const name = `f${file.replace(/\W/g, '_')}`;
      await writeFile(
        join(fake.tree, 'kernel', file),
        `// SPDX-License-Identifier: GPL-2.0-only\nint ${name}(void);\n\nint ${name}(void)\n{\n${body}\treturn 1;\n}\n`,
      );
      await git('add', '-A');
      await git('commit', '-qm', `${file}: ${body.trim().slice(0, 20)}`);
      return git('rev-parse', 'HEAD');
    };
    await git('init', '-qb', 'main');
    await git('add', '-A');
    await git('commit', '-qm', 'the beginning');
    await git('tag', 'good');
    await use({
      fake,
      git,
      commit,
      bisect: async (...args) => {
        const json = join(fake.directory, 'bisect.json');
        const ran = await kbt(['bisect', '--tree', fake.tree, '--json', json, ...args], fake.env);
        const told = await readTold(json);
        return { ...ran, found: told as Bisected | undefined };
      },
    });
  },
});

const PLAIN = (n: number) => `\t/* ${n} */\n`;
const MARKS = '\tstatic const char *volatile mark = "PLANTED";\n\n\t(void)mark;\n';

/** Two branches that meet; the culprit is on the second, past a commit that does not build. */
const plant = async ({ git, commit }: History): Promise<string> => {
  await commit('a.c', PLAIN(1));
  await git('branch', 'side');
  await commit('b.c', PLAIN(2));
  await commit('b.c', '\tint x = not_there;\n');
  await commit('b.c', PLAIN(4));
  await git('checkout', '-q', 'side');
  await commit('c.c', PLAIN(5));
  const culprit = await commit('d.c', MARKS);
  await commit('e.c', PLAIN(6));
  await git('checkout', '-q', 'main');
  await git('merge', '-q', '--no-edit', 'side');
  await commit('f.c', PLAIN(7));
  return culprit;
};

test('past a merge and a commit that does not build the culprit is found and reverted', async ({
  history,
}) => {
  const culprit = await plant(history);
  // What is not committed has no part in it, and stays as it is.
  await writeFile(join(history.fake.tree, 'kernel', 'two.c'), 'not even C\n');
  const { code, found, stderr } = await history.bisect('--good', 'good', '--run', FINDS);
  expect(found, stderr).toMatchObject({ cure: { verdict: 'cured' } });
  expect(found?.suspects).toEqual([expect.stringContaining(culprit.slice(0, 12))]);
  expect(stderr).toContain('has uncommitted edits');
  expect(code).toBe(0);
});

test('git bisect run finds the same by bisect-step', async ({ history }) => {
  const culprit = await plant(history);
  const { git, fake } = history;
  await git('bisect', 'start', 'HEAD', 'good');
  const step = [process.execPath, join(ROOT, 'ci', 'start.mjs'), 'bisect-step', '--run', FINDS];
  const { stdout } = await execa('git', ['bisect', 'run', ...step], {
    cwd: fake.tree,
    env: fake.env,
  });
  expect(stdout).toContain(`${culprit} is the first bad commit`);
});

test('where git bisect has to stop, bisect-step makes it stop', async ({ history }) => {
  const { fake } = history;
  const step = (args: readonly string[]) =>
    kbt(['bisect-step', '--tree', fake.tree, ...args], fake.env);
  expect(await step([])).toMatchObject({ code: 255 });
  expect(await step(['--run', 'no-such-command-anywhere'])).toMatchObject({ code: 255 });
  expect(await step(['--run', 'exit 125'])).toMatchObject({
    code: 125,
    stdout: 'skip: status 125',
  });
  // The fake guest panics before the program.
  const panics = await step(['--test-dir', join(ROOT, 'test/fake/programs'), '--test', 'quiet']);
  expect(panics).toMatchObject({ code: 125 });
  expect(panics.stdout).toContain('the kernel panicked at boot');
});

test('a fault that was mended on the good side is not laid to the bad one', async ({ history }) => {
  const { git, commit, bisect } = history;
  await commit('d.c', MARKS);
  await git('checkout', '-qb', 'mended');
  await commit('d.c', PLAIN(1));
  await git('checkout', '-q', 'main');
  await commit('e.c', PLAIN(2));
  const { code, stderr } = await bisect('--good', 'mended', '--bad', 'main', '--run', FINDS);
  expect(stderr).toContain('the good end fails as well');
  expect(code).toBe(64);
});

test.for([
  [[], 'it is not said which revision is good'],
  [['--good', 'nowhere'], 'has no revision nowhere'],
  [['--good', 'good', '--bad', 'nowhere'], 'has no revision nowhere'],
  [['--good', 'HEAD', '--bad', 'good'], 'no commit lies between HEAD and good'],
] as const)('%o ends with 64 and the words "%s"', async ([args, words], { history }) => {
  await history.commit('a.c', PLAIN(1));
  const { code, stderr } = await history.bisect(...args, '--run', FINDS);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^ {2}do: /m);
  expect(code).toBe(64);
});

test('a history that a shallow clone has cut is not searched', async ({ history }) => {
  const { fake, git, commit } = history;
  for (const n of [1, 2, 3, 4]) await commit('a.c', PLAIN(n));
  const clone = join(fake.directory, 'shallow');
  await git('clone', '-q', '--depth', '2', `file://${fake.tree}`, clone);
  const first = await git('rev-parse', 'good');
  await execa('git', ['fetch', '-q', '--depth', '1', 'origin', first], { cwd: clone });
  const { code, stderr } = await kbt(
    ['bisect', '--tree', clone, '--good', first, '--run', FINDS],
    fake.env,
  );
  expect(stderr).toContain('does not reach from good to bad');
  expect(stderr).toContain('git fetch --unshallow');
  expect(code).toBe(64);
});

test('a base that does not come up is nothing to compare a tree with', async ({ history }) => {
  const { fake, commit } = history;
  const compare = (...args: readonly string[]) =>
    kbt(
      ['compare', '--tree', fake.tree, '--test-dir', join(ROOT, 'test/fake/programs'), ...args],
      fake.env,
    );
  const same = await compare('--tests', 'quiet');
  expect(same).toMatchObject({ code: 64 });
  expect(same.stderr).toContain('nothing differs');
  await commit('a.c', PLAIN(1));
  const { code, stderr } = await compare('--tests', 'quiet', '--base', 'good');
  expect(stderr).toContain('the base itself does not come up');
  expect(stderr).toContain('Kernel panic - not syncing: planted');
  expect(code).toBe(2);
});
