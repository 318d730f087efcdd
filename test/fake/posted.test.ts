// SPDX-License-Identifier: MIT
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { RunResult } from '../../harness/run/result/result.ts';
import { seriesIn } from '../../harness/series/series.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { test, type Fake } from '../support/fake.ts';

const source = (name: string, value: number): string =>
  `// SPDX-License-Identifier: GPL-2.0-only\nint ${name}(void);\n\nint ${name}(void)\n{\n\treturn ${value};\n}\n`;

/** A mail of a thread, as a mailbox of lore's holds it. */
const mailOf = (headers: Readonly<Record<string, string>>, body: string): string =>
  [
    'From mboxrd@z Thu Jan  1 00:00:00 1970',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body.replaceAll(/^(>*From )/gm, '>$1'),
    '',
  ].join('\n');

/** Two revisions of two patches with all that was said of them, out of order; and their diffs. */
const thread = async (fake: Fake) => {
  const series = await fake.series([
    { 'kernel/one.c': source('one', 11) },
    { 'kernel/two.c': source('two', 22) },
  ]);
  const [one = '', two = ''] = await Promise.all(
    ['0001-edit-1.patch', '0002-edit-2.patch'].map((name) => readFile(join(series, name), 'utf8')),
  );
  const diff = (patch: string) => patch.slice(patch.indexOf('---\n'));
  const from = '=?UTF-8?q?J=C3=BCrgen_Tester?= <tester@example.com>';
  const mail = (id: string, subject: string, body: string, more = {}) =>
    mailOf(
      { From: from, Date: DATE, Subject: subject, 'Message-Id': `<${id}@example.com>`, ...more },
      body,
    );
  const quoted = diff(one).replaceAll(/^/gm, '> ');
  const encoded = Buffer.from(`Say two.\n\n${diff(two)}`).toString('base64');
  const first = diff(one).replace('return 11', 'return 10');
  const folded = '=?UTF-8?q?=5BRFC_PATCH_v2_2/2=5D?=\n =?UTF-8?q?_kernel=3A_Say_two?=';
  const base64 = { 'Content-Type': 'text/plain', 'Content-Transfer-Encoding': 'base64' };
  return [
    mail('b2', folded, encoded.replaceAll(/.{76}/g, '$&\n'), base64),
    mail('a1', '[PATCH 1/2] kernel: Say one', `Say one.\n${first}`),
    mail('a2', '[PATCH 2/2] kernel: Say two', `Say two.\n${diff(two)}`),
    mail(
      'r1',
      'Re: [PATCH v2 1/2] kernel: Say one',
      `Reviewed-by: Somebody <s@example.com>\n${quoted}`,
    ),
    mail(
      'b0',
      '[RFC PATCH v2 0/2] kernel: Say numbers',
      'What it is for.\n\nFrom here on more.\n\n---\nbase-commit: 1234567\nDepends-on: <a@b>\n',
    ),
    mail(
      'b1',
      '[RFC PATCH v2 1/2] kernel: Say one',
      `Say one.\n${diff(one)}\nbase-commit: 1234567`,
    ),
  ].join('');
};

const IDENTITY = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];
const DATE = 'Sat, 21 Nov 2026 12:00:00 +0000';
const LIST = ['series', '0001-kernel-Say-one.patch', '0002-kernel-Say-two.patch', 'README.md'];

test('a thread of a mailing list is tested as it is, and imported as a series of the same tree', async ({
  fake,
}) => {
  const project = join(fake.directory, 'project');
  await mkdir(project, { recursive: true });
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  const mbox = join(fake.directory, 't.mbox.gz');
  const text = await thread(fake);
  await writeFile(mbox, gzipSync(text));
  const json = join(fake.directory, 'told.json');
  const run = async (args: readonly string[], stdin?: string) => {
    const command = [...fake.args, ...args, '--json', json];
    await rm(json, { force: true });
    const ran =
      stdin === undefined
        ? await kbt(command, fake.env)
        : await execa('node', [join(ROOT, 'ci', 'start.mjs'), ...command], {
            ...{ env: fake.env, input: stdin, reject: false },
          });
    const { series, kernel } = JSON.parse(await readFile(json, 'utf8')) as RunResult;
    return { stderr: ran.stderr, series, kernel };
  };
  const packed = await run(['--mbox', mbox]);
  expect(packed.stderr).toContain('revision 2 is taken; there are 1, too (--revision)');
  expect(packed.stderr).toContain('1 other mail passed over');
  expect(packed.stderr).toContain('posted for the commit 1234567');
  expect(packed.series).toMatchObject([{ name: 'kernel-Say-numbers' }]);
  // Most of an archive is talk.
  const talk = Array.from({ length: 2000 }, (_, index) =>
    mailOf({ Subject: `Re: =?UTF-8?q?=5BPATCH_1/2=5D?= ${index}`, Date: DATE }, 'I say so.'),
  );
  const archive = await run(['--mbox', '-'], text + talk.join(''));
  expect(archive.kernel).toEqual(packed.kernel);
  expect(archive.stderr).toContain('2001 other mails passed over');
  expect((await run(['--mbox', mbox, '--revision', '1'])).kernel).not.toEqual(packed.kernel);

  const imported = await kbt(['series', 'import', mbox, '--name', 'numbers'], fake.env, project);
  expect(imported.code, imported.stderr).toBe(0);
  const home = join(project, 'kernel-patches', 'numbers');
  expect((await readdir(home)).toSorted()).toEqual(LIST.toSorted());
  expect(await readFile(join(home, 'README.md'), 'utf8')).toMatch(
    /^# kernel: Say numbers\n[^]*\nFrom here on[^]*\n {4}base-commit: 1234567\n {4}Depends-on: <a@b>\n$/,
  );
  const written = await readFile(join(home, LIST[1] ?? ''), 'utf8');
  expect(written).toContain('\nFrom: =?UTF-8?q?J=C3=BCrgen=20Tester?= <tester@example.com>\n');
  expect(written).toContain('\nMessage-Id: <b1@example.com>\n');
  // The bytes of the patches are others; what they make is the same, here and by git am.
  const image = async ({ kernel }: Pick<RunResult, 'kernel'>) =>
    readFile(join(fake.env['KBT_CACHE'] ?? '', 'kernels', kernel.fingerprint, 'bzImage'));
  const own = await run(['--series-dir', home]);
  expect(own.kernel.fingerprint).not.toBe(packed.kernel.fingerprint);
  expect((await image(own)).equals(await image(packed))).toBe(true);
  const cwd = join(fake.directory, 'work');
  await execa('git', ['checkout', '-q', '-b', 'imported', 'HEAD~2'], { cwd });
  const patches = LIST.slice(1, 3).map((name) => join(home, name));
  await execa('git', [...IDENTITY, 'am', '-q', ...patches], { cwd });
  expect((await execa('git', ['diff', '--stat', 'imported', '@{-1}'], { cwd })).stdout).toBe('');
  const log = await execa('git', ['log', '-2', '--format=%an: %s'], { cwd });
  expect(log.stdout.split('\n')).toEqual([
    'Jürgen Tester: kernel: Say two',
    'Jürgen Tester: kernel: Say one',
  ]);
});

test('b4 takes the same patches of a thread, and git am makes the same of them', async ({
  fake,
  skip,
}) => {
  const found = await execa('b4', ['--version'], { reject: false });
  skip(found.exitCode !== 0, 'without b4');
  const home = join(fake.directory, 'home');
  await mkdir(home);
  await writeFile(
    join(home, '.gitconfig'),
    '[b4]\n\tattestation-policy = off\n[user]\n\tname = T\n\temail = t@example.com\n',
  );
  const mbox = join(fake.directory, 't.mbox');
  // b4 0.12 cannot read a subject that is encoded over two lines.
  await writeFile(mbox, (await thread(fake)).replace('?=\n =?UTF-8?q?', ''));
  const env = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home };
  const b4 = ['--offline-mode', '--no-interactive', 'am', '--no-cache', '-o', home, '-m', mbox];
  await execa('b4', b4, { cwd: fake.directory, env, stdin: 'ignore' });
  const made = (await readdir(home)).find((name) => name.endsWith('.mbx')) ?? '';

  const project = join(fake.directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  await kbt(['series', 'import', mbox, '--name', 'numbers'], fake.env, project);
  const own = join(project, 'kernel-patches', 'numbers');
  const patches = LIST.slice(1, 3).map((name) => join(own, name));
  // As b4 leaves them, the letter in a file of its own.
  const all = (await readdir(home)).filter((name) => /\.(?:mbx|cover)$/.test(name));
  const files = all.map((name) => join(home, name));
  const again = await kbt(['series', 'import', ...files, '--name', 'again'], fake.env, project);
  expect(again.code, again.stderr).toBe(0);
  const other = join(project, 'kernel-patches', 'again');
  expect(await readFile(join(other, 'README.md'), 'utf8')).toContain('What it is for.');
  const others = LIST.slice(1, 3).map((name) => join(other, name));
  const trees = new Set<string>();
  for (const mails of [[join(home, made)], patches, others]) {
    const cwd = join(fake.directory, 'work');
    await execa('git', ['checkout', '-q', '--detach', 'master~2'], { cwd });
    await execa('git', [...IDENTITY, 'am', '-q', ...mails], { cwd });
    trees.add((await execa('git', ['rev-parse', 'HEAD^{tree}'], { cwd })).stdout);
  }
  expect(trees.size).toBe(1);
});

test('renames, modes, binary files, CRs and other encodings come through an import and go out again', async ({
  fake,
}) => {
  await fake.series([]).catch(() => undefined);
  const cwd = join(fake.directory, 'work');
  const git = async (...args: readonly string[]) =>
    (await execa('git', [...IDENTITY, ...args], { cwd })).stdout;
  const commit = async (title: string) => {
    await git('add', '-A');
    await git('commit', '-qm', title);
  };
  const base = await git('rev-parse', 'HEAD');
  await git('mv', 'kernel/two.c', 'kernel/second.c');
  await writeFile(join(cwd, 'kernel/second.c'), source('two', 22));
  await chmod(join(cwd, 'kernel/one.c'), 0o755);
  await commit('kernel: Rename two');
  await writeFile(join(cwd, 'kernel/logo.bin'), Buffer.from([0, 1, 2, 0xff, 0, 13, 10, 10]));
  await commit('kernel: Add a logo');
  await writeFile(join(cwd, 'kernel/dos.c'), 'int dos;\r\nint more;\r\n');
  await commit('kernel: Add what another system wrote');
  await writeFile(join(cwd, 'kernel/one.c'), source('one', 11));
  await commit('kernel: Say Juergen');
  const mails = await execa('git', ['format-patch', '--stdout', '-n', `${base}..`], {
    ...{ cwd, encoding: 'buffer', stripFinalNewline: false },
  });
  const latin = Buffer.from(mails.stdout).toString('latin1');
  const last = latin.lastIndexOf('From: Tester');
  const mbox = join(fake.directory, 'forms.mbox');
  const header = 'From: =?iso-8859-1?q?J=FCrgen?= <j@example.com>';
  const type = 'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit';
  const old = latin
    .slice(last)
    .replace('From: Tester <tester@example.com>', header)
    .replace('Say Juergen\n\n', `Say Juergen\n${type}\n\nBy J\xfcrgen.\n`);
  await writeFile(mbox, Buffer.from(latin.slice(0, last) + old, 'latin1'));

  const project = join(fake.directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  const run = (...args: readonly string[]) => kbt(['series', ...args], fake.env, project);
  const imported = await run('import', mbox, '--name', 'forms');
  expect(imported.code, imported.stderr).toBe(0);
  const home = join(project, 'kernel-patches', 'forms');
  const files = (await readdir(home)).filter((name) => name.endsWith('.patch')).toSorted();
  expect(files.length).toBe(4);
  const wanted = await git('rev-parse', 'HEAD^{tree}');
  await git('checkout', '-q', '--detach', base);
  await git('am', '-q', '--keep-cr', ...files.map((name) => join(home, name)));
  expect(await git('rev-parse', 'HEAD^{tree}')).toBe(wanted);
  expect(await git('log', '-1', '--format=%an: %b')).toBe('Jürgen: By Jürgen.\n');

  const place = ['--source', fake.tree];
  const laid = await run('checkout', 'forms', ...place);
  expect(laid.code, laid.stderr).toBe(0);
  const there = { cwd: join(project, 'linux-forms') };
  expect((await execa('git', ['rev-parse', 'HEAD^{tree}'], there)).stdout).toBe(wanted);
  const out = await run('export', 'forms', ...place);
  expect([out.code, out.stdout], out.stderr).toEqual([0, '4 unchanged']);
});

test('a series of this repository comes out of an import to the byte', async ({ fake }) => {
  const project = join(fake.directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  for (const name of await seriesIn(join(ROOT, 'kernel-patches'))) {
    const own = join(ROOT, 'kernel-patches', name);
    const imported = await kbt(['series', 'import', own, '--name', name], fake.env, project);
    expect(imported.code, imported.stderr).toBe(0);
    const home = join(project, 'kernel-patches', name);
    const patches = (await readdir(own)).filter((file) => file.endsWith('.patch'));
    for (const patch of patches)
      expect(await readFile(join(home, patch), 'utf8')).toBe(
        await readFile(join(own, patch), 'utf8'),
      );
    expect(patches.length).toBeGreaterThan(0);
  }
});

test('what is no series, or would be written where something is, is refused', async ({ fake }) => {
  const project = join(fake.directory, 'project');
  await mkdir(project);
  await writeFile(join(project, 'kbt.yaml'), 'jobs: 1\n');
  const text = await thread(fake);
  const mbox = join(fake.directory, 't.mbox');
  await writeFile(mbox, text);
  const run = (...args: readonly string[]) => kbt(['series', 'import', ...args], fake.env, project);
  expect((await run(mbox, '--name', 'numbers')).code).toBe(0);
  // quilt keeps an order of its own, whatever numbers there are.
  const quilt = join(fake.directory, 'quilt');
  await mkdir(quilt);
  // Of what came with other series a subject still has the number.
  const diff = (name: string) =>
    `Subject: [PATCH v${name === 'a' ? 3 : 1} 2/3] kernel: Add ${name}\n\n--- /dev/null\n+++ kernel/${name}.c\n@@ -0,0 +1 @@\n+int ${name};\n`;
  await writeFile(join(quilt, '0003-a.patch'), diff('a'));
  // A preface before its mail makes a plain diff of it.
  const preface = 'Upstream-Status: Pending\n\nFrom 1234567 Mon Sep 17 00:00:00 2001\n';
  await writeFile(join(quilt, '0007-b.patch'), `${preface}${diff('b')}`);
  await writeFile(join(quilt, 'series'), '0007-b.patch -p0\n0003-a.patch -p0\n');
  const ordered = await run(quilt, '--name', 'quilt');
  expect(ordered.stdout.split('\n').slice(1), ordered.stderr).toEqual([
    '  0001-b.patch',
    '  0002-kernel-Add-a.patch',
  ]);
  const read = await kbt([...fake.args, '--series', 'quilt', '--patches', '1'], fake.env, project);
  expect([read.code, read.stderr]).toEqual([1, expect.stringContaining('1 patch applied')]);
  const again = await run(mbox, '--name', 'numbers');
  expect([again.code, again.stderr]).toEqual([64, expect.stringContaining('is there already')]);
  const outside = await run(mbox, '--name', '../numbers');
  expect([outside.code, outside.stderr]).toEqual([
    64,
    expect.stringContaining('no name of a series'),
  ]);
  const cut = join(fake.directory, 'cut.gz');
  await writeFile(cut, gzipSync(text).subarray(0, 200));
  const damaged = await run(cut);
  expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringContaining('is cut or damaged')]);
});
