// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test as base } from 'vitest';
import { applySeries } from '../../../harness/series/apply/apply.ts';
import { readAllSeries, readSeries } from '../../../harness/series/series.ts';
import type { Source } from '../../../harness/source/source.ts';

/** A repository with three commits on a base, and ways to apply them. */
interface Forms {
  readonly directory: string;
  /** The commits as git format-patch writes them. */
  readonly mails: readonly string[];
  readonly git: (args: readonly string[], cwd?: string) => Promise<string>;
  /** Writes files into a directory of a series. */
  readonly write: (files: Readonly<Record<string, string | Buffer>>) => Promise<string>;
  /** The tree that kbt makes of a series, and its commits by author and subject. */
  readonly ours: (series: string) => Promise<{ tree: string; commits: readonly string[] }>;
  /** The tree that another command makes, in a clone of the base. */
  readonly theirs: (argv: readonly [string, ...string[]], stdin?: string) => Promise<string>;
}

const LONG = `\tif (a == b) /* ${'long '.repeat(30)} */`;
const C = (line: string) =>
  [...Array.from({ length: 12 }, (_, n) => `line ${n} = ${n}`), line, ''].join('\n');

const test = base.extend<{ forms: Forms }>({
  forms: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'kbt-forms-'));
    const git: Forms['git'] = async (args, cwd = join(directory, 'work')) => {
      const who = ['-c', 'user.name=Ünï Cödé', '-c', 'user.email=a@b.c'];
      return (await execa('git', [...who, ...args], { cwd, stripFinalNewline: true })).stdout;
    };
    const work = join(directory, 'work');
    const commit = async (subject: string, files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) await writeFile(join(work, name), text);
      await git(['add', '-A']);
      await git(['commit', '-qm', subject]);
    };
    await mkdir(join(work, 'fs', 'proc'), { recursive: true });
    await git(['init', '-q']);
    await commit('base', {
      'fs/proc/v.c': C('end'),
      'fs/old.c': C('old'),
      'fs/dos.h': 'a\r\nb\r\n',
    });
    await git(['tag', 'base']);
    await commit('proc: Compare ü\n\nFrom here on = is compared.\n-- x', {
      'fs/proc/v.c': C(`${LONG}\n-- removed later\nend`),
      'fs/dos.h': 'a\r\nadded\r\nb\r\n',
    });
    await git(['mv', 'fs/old.c', 'fs/new.c']);
    await commit('fs: Move', { 'fs/proc/v.c': C(`${LONG}\n++ b\nend \n`), 'fs/bin': '\0\x01\x02' });
    await git(['update-index', '--chmod=+x', 'fs/proc/v.c']);
    await git(['commit', '-qm', 'fs: Make it run']);
    await git(['format-patch', '-q', '--binary', '-o', join(directory, 'out'), 'base']);
    const names = ['0001-proc-Compare.patch', '0002-fs-Move.patch', '0003-fs-Make-it-run.patch'];
    const mails = await Promise.all(
      names.map((name) => readFile(join(directory, 'out', name), 'latin1')),
    );
    let count = 0;
    await use({
      directory,
      mails,
      git,
      write: async (files) => {
        const home = join(directory, `s${(count += 1)}`);
        await mkdir(home);
        for (const [name, data] of Object.entries(files))
          await writeFile(join(home, name), data, 'latin1');
        return home;
      },
      ours: async (series) => {
        const read = await readSeries(series);
        if (!read.ok) throw new Error(read.failure.what);
        const source = {
          repository: join(work, '.git'),
          commit: await git(['rev-parse', 'base']),
        } as Source;
        const context = { emit: () => undefined, signal: new AbortController().signal };
        const applied = await applySeries(context as never, source, [read.value]);
        if (!applied.ok)
          throw new Error(`${applied.failure.what}: ${applied.failure.detail ?? ''}`);
        const { commit, patches } = applied.value;
        const log = await git(['log', '--reverse', '--format=%an|%s', `base..${commit}`]);
        const owners = patches.map(({ patch }) => patch.replace(/^s\d+\//, ''));
        return {
          tree: await git(['rev-parse', `${commit}^{tree}`]),
          commits: log.split('\n').map((line, index) => `${owners[index] ?? ''}: ${line}`),
        };
      },
      theirs: async (argv, stdin = '') => {
        const clone = join(directory, `clone${(count += 1)}`);
        await git(['clone', '-q', work, clone], directory);
        await git(['checkout', '-q', '--detach', 'base'], clone);
        const [command, ...args] = argv;
        if (command === 'git') await git(args, clone);
        else await execa(command, args, { cwd: clone, input: Buffer.from(stdin, 'latin1') });
        await git(['add', '-A'], clone);
        return git(['write-tree'], clone);
      },
    });
    await rm(directory, { recursive: true, force: true });
  },
});

/** RFC 2045, 6.7. */
const quoted = (text: string): string =>
  text
    .replace(
      /[=\x80-\xff\0]/g,
      (c) => `=${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .replace(/ $/gm, '=20')
    .replace(/[^\n]{60}(?!\n)(?<!=.?)/g, '$&=\n');

const base64 = (text: string): string =>
  Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n');

/** A mail of git's with another content type and transfer encoding. */
const encoded = (mail: string, type: string, encoding: string, how = (s: string) => s): string => {
  const [head = '', ...rest] = mail.split('\n\n');
  const kept = head.replace(/\n(?:MIME-Version|Content-[\w-]+):.*/g, '');
  const headers = `MIME-Version: 1.0\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}`;
  return `${kept}\n${headers}\n\n${how(rest.join('\n\n'))}\n`;
};

const FLOWED = 'text/plain; charset=UTF-8; format=flowed';
/** RFC 3676: lines that begin with a space get one more; no line is soft. */
const stuffed = (text: string): string => text.replace(/^(?= |>|From )/gm, ' ');
const UTF8 = 'text/plain; charset=UTF-8';
const parts = (body: string): string =>
  `--XX\nContent-Type: ${UTF8}\nContent-Transfer-Encoding: quoted-printable\n\n${quoted(body)}\n--XX--\n`;
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

// Mails of one patch that change v.c alone: what the form does to its bytes shows there.
const ofV = (mail: string): string =>
  mail.replace(/diff --git a\/fs\/dos\.h[^]*?(?=diff --git)/, '');

test.for([
  ['as git format-patch has it', (m: string) => m, ['--keep-cr']],
  ['quoted-printable', (m: string) => encoded(m, UTF8, 'quoted-printable', quoted), ['--keep-cr']],
  ['base64', (m: string) => encoded(m, UTF8, 'base64', base64), []],
  [
    'base64 of CRLF',
    (m: string) => encoded(ofV(m), UTF8, 'base64', (s) => base64(crlf(s))),
    ['--quoted-cr=strip'],
  ],
  ['format=flowed', (m: string) => encoded(ofV(m), FLOWED, '8bit', stuffed), []],
  [
    'an attachment',
    (m: string) => encoded(m, 'multipart/mixed; boundary="XX"', '8bit', parts),
    ['--keep-cr'],
  ],
  ['CRLF', (m: string) => crlf(ofV(m)), []],
  [
    'with scissors',
    (m: string) => m.replace('\n\nFrom here', '\n\nHello\n-- >8 --\nFrom here'),
    ['--keep-cr', '--no-scissors'],
  ],
  [
    'with a type in its body',
    (m: string) => m.replace('\n\nFrom here', '\n\nContent-Type: text/x\nFrom here'),
    ['--keep-cr'],
  ],
] as const)('a mail %s gives the tree that git am makes', async ([, form, options], { forms }) => {
  const mail = form(forms.mails[0] ?? '');
  const series = await forms.write({ series: 'x.patch\n', 'x.patch': mail });
  const { tree, commits } = await forms.ours(series);
  expect(tree).toBe(await forms.theirs(['git', 'am', '-q', ...options, join(series, 'x.patch')]));
  expect(commits).toEqual(['x.patch: Ünï Cödé|proc: Compare ü']);
});

test('renames, modes, binary files and removed lines like headers', async ({ forms }) => {
  const names = ['0001 a b.patch', '0002-b.patch', '0003-c.patch'];
  const files = Object.fromEntries(names.map((name, n) => [name, forms.mails[n] ?? '']));
  const series = await forms.write({ ...files, series: `${names.join('\n')}\n` });
  const { tree, commits } = await forms.ours(series);
  expect(tree).toBe(await forms.git(['rev-parse', 'HEAD^{tree}']));
  expect(commits).toHaveLength(3);
});

test('names of any characters', async ({ forms }) => {
  const work = join(forms.directory, 'work');
  const names = ['fs/ünï.c', 'fs/a "b".c', 'fs/tab\there.c', 'fs/back\\slash.c'];
  for (const text of ['one', 'two']) {
    for (const name of names) await writeFile(join(work, name), C(text));
    await forms.git(['add', '-A']);
    await forms.git(['commit', '-qm', `fs: Say ${text}`]);
  }
  await forms.git(['mv', names[0] ?? '', 'fs/plain ünï.c']);
  await forms.git(['commit', '-qam', 'fs: Move']);
  const series = await forms.write({});
  await forms.git(['format-patch', '-q', '-o', series, 'HEAD~3']);
  const mails = Object.fromEntries(forms.mails.map((mail, n) => [`0000${n}-before.patch`, mail]));
  for (const [name, mail] of Object.entries(mails))
    await writeFile(join(series, name), mail, 'latin1');
  const all = [...Object.keys(mails), ...(await readdir(series)).filter((n) => !(n in mails))];
  await writeFile(join(series, 'series'), `${all.join('\n')}\n`);
  expect((await forms.ours(series)).tree).toBe(await forms.git(['rev-parse', 'HEAD^{tree}']));
});

/** A patch that adds one file. */
const adding = (name: string): string =>
  `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+x\n`;

test.for([
  ['the file', 'fs/old.c', 'already exists in index'],
  ['a directory of its name', 'fs', 'error:'],
  ['a file in place of its directory', 'fs/old.c/new.c', 'error:'],
] as const)('a new file is refused where %s is there', async ([, name, words], { forms }) => {
  const series = await forms.write({ series: 'x.patch\n', 'x.patch': adding(name) });
  await expect(forms.ours(series)).rejects.toThrow(/x.patch does not apply: .*error:.*/);
  await expect(forms.ours(series)).rejects.toThrow(words);
});

test('a file of several mails is several patches, its cover letter none', async ({ forms }) => {
  const cover = (forms.mails[0] ?? '')
    .replace(/^Subject: .*/m, 'Subject: [PATCH v2 0/3] All of it')
    .replace(/\n---\n[^]*/, '\n---\nbase-commit: 1234\n');
  const series = await forms.write({
    series: 'all.mbox\n',
    'all.mbox': [cover, ...forms.mails].join('\n'),
  });
  const { tree, commits } = await forms.ours(series);
  expect(tree).toBe(await forms.git(['rev-parse', 'HEAD^{tree}']));
  expect(commits).toEqual([
    'all.mbox#1: Ünï Cödé|proc: Compare ü',
    'all.mbox#2: Ünï Cödé|fs: Move',
    'all.mbox#3: Ünï Cödé|fs: Make it run',
  ]);
});

test.for([
  ['git diff', [], '', 1],
  ['-p0', ['--no-prefix'], ' -p0', 0],
  ['-p2', ['--src-prefix=a/linux/', '--dst-prefix=b/linux/'], ' -p2', 2],
  ['quilt', ['--src-prefix=linux.orig/', '--dst-prefix=linux/'], ' -pab', 1],
  ['only --- and +++', ['--src-prefix=linux.orig/', '--dst-prefix=linux/'], '', 1],
] as const)(
  'a diff without a mail, %s, gives the tree that patch makes',
  async (form, { forms }) => {
    const [name, prefixes, option, strip] = form;
    const diff = await forms.git([
      'diff',
      '--no-renames',
      ...prefixes,
      'base',
      'HEAD~1',
      '--',
      'fs/proc',
      'fs/old.c',
      'fs/new.c',
    ]);
    const plain = name.startsWith('only')
      ? diff.replace(/^(?:diff --git|index|new file|deleted file) .*\n/gm, '')
      : diff;
    const text =
      name === 'quilt'
        ? `Make it better\n\nIndex: linux/fs/old.c\n${'='.repeat(67)}\n${plain}`
        : plain;
    const series = await forms.write({
      series: `fix-it.diff${option}\n`,
      'fix-it.diff': `${text}\n`,
    });
    const { tree, commits } = await forms.ours(series);
    expect(tree).toBe(await forms.theirs(['patch', '-sE', `-p${strip}`, '--fuzz=0'], `${text}\n`));
    expect(commits).toEqual(['fix-it.diff: unknown|fix-it']);
  },
);

test('a directory without a series file is taken in the order of its numbers', async ({
  forms,
}) => {
  const [one = '', two = '', three = ''] = forms.mails;
  const cover = 'From: A <a@b.c>\nSubject: [PATCH 0/3] x\n\nNothing.\n';
  const series = await forms.write({
    'v2-0000-cover-letter.patch': cover,
    'v2-0010-c.patch': three,
    'v2-0002-b.diff': two,
    'v2-0001-a.patch': one,
    README: 'x',
  });
  const read = await readSeries(series);
  expect(read.ok && read.value.numbered).toBe(true);
  const { tree } = await forms.ours(series);
  expect(tree).toBe(await forms.git(['rev-parse', 'HEAD^{tree}']));
  await writeFile(join(series, '0010-d.patch'), one);
  const twice = await readSeries(series);
  expect(twice.ok ? '' : twice.failure.what).toContain('two of its patches have the number 10');
  await rm(join(series, '0010-d.patch'));
  await writeFile(join(series, 'more.patch'), one);
  const odd = await readSeries(series);
  expect(odd.ok ? '' : odd.failure.what).toContain('more.patch has no number');
});

test('all series of a project are stacked by name, where none is named', async ({ forms }) => {
  const [one = ''] = forms.mails;
  const project = await forms.write({ README: 'x' });
  for (const name of ['zebra', 'ant', 'variants']) {
    const home = join(project, 'kernel-patches', name);
    await mkdir(home, { recursive: true });
    await writeFile(join(home, '0001-a.patch'), one);
  }
  const names = async (named?: readonly string[]) => {
    const read = await readAllSeries(project, { named });
    return read.ok ? read.value.map(({ name }) => name) : read.failure.what;
  };
  expect(await names()).toEqual(['ant', 'zebra']);
  expect(await names(['zebra', 'ant'])).toEqual(['zebra', 'ant']);
  expect(await names([])).toEqual([]);
  expect(await names(['bee'])).toBe('there is no series bee');
});

test('an entry that asks for more than this is refused by its line', async ({ forms }) => {
  const refused = async (line: string) => {
    const series = await forms.write({ series: `\n${line}\n`, 'x.patch': 'Subject: x\n\ny\n' });
    const read = await readSeries(series);
    return read.ok ? {} : { what: read.failure.what, where: read.failure.where };
  };
  const where = expect.stringMatching(/series:2$/) as string;
  expect(await refused('x.patch -R')).toMatchObject({
    what: expect.stringContaining('-R') as string,
    where,
  });
  expect(await refused('x.patch -F3')).toEqual({ what: 'the series asks for -F3', where });
  expect(await refused('x.patch y.patch')).toMatchObject({
    what: 'the series names x.patch y.patch, which is not there',
    where,
  });
  expect(await refused('x.patch')).toMatchObject({ what: 'x.patch changes no file' });
});

test('what other code applied under the name of a patch is not used', async ({ forms }) => {
  const mail = encoded(forms.mails[0] ?? '', UTF8, 'quoted-printable', quoted);
  const series = await forms.write({ series: 'x.patch\n', 'x.patch': mail });
  const { digest, fingerprint } = await import('../../../harness/base/fingerprint.ts');
  const commit = await forms.git(['rev-parse', 'base']);
  // As it was called before patches were decoded; it stands on the base, as a commit of one patch.
  const old = fingerprint({ base: commit, patches: [digest(Buffer.from(mail, 'latin1'))] });
  const planted = await forms.git(['commit-tree', '-p', 'base', '-m', 'x', 'HEAD^{tree}']);
  await forms.git(['update-ref', `refs/kbt/${old}`, planted]);
  const { tree } = await forms.ours(series);
  expect(tree).toBe(await forms.git(['rev-parse', 'HEAD~2^{tree}']));
});
