// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { git } from '../base/process/git.ts';
import { run } from '../base/process/process.ts';
import { messageOf } from '../series/patch/mail.ts';
import type { Patch } from '../series/patch/patch.ts';
import type { Tree } from '../series/tree.ts';
import { finding, pass, type Check } from './checks.ts';
import { filesAdded } from '../series/patch/contents.ts';

/**
 * The tree's own scripts/checkpatch.pl --strict. FILE_PATH_CHANGES asks whether
 * MAINTAINERS needs a line for a new file; {@link maintained} answers that.
 */
export const checkpatch = async (context: Context, tree: Tree, patch: Patch): Promise<Check> => {
  // Of a mailbox, or of a mail that was encoded, it would look at what is no patch.
  const plain = patch.line !== undefined;
  const name = plain ? patch.file : 'Your patch';
  const ended = await run({
    argv: [
      'perl',
      'scripts/checkpatch.pl',
      '--strict',
      '--terse',
      '--show-types',
      '--no-summary',
      '--color=never',
      '--ignore',
      'FILE_PATH_CHANGES',
      plain ? patch.file : '-',
    ],
    ...(plain ? {} : { stdin: await asMail(patch) }),
    cwd: tree.directory,
    // A ~/.checkpatch.conf would change the findings.
    env: { HOME: '/nonexistent' },
    capture: true,
    signal: context.signal,
  });
  const found = ended.stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1));
  if (found.length === 0 && ended.code !== 0)
    return finding('checkpatch', ['checkpatch.pl did not run', ...ended.tail.slice(-5)]);
  return finding('checkpatch', found);
};

/** A patch as git format-patch writes it, without what stands between message and diff. */
const asMail = async ({ mail, name, diff }: Patch): Promise<string> => {
  const { author, email, date, subject, body } = await messageOf(mail, name);
  const head = [`From: ${author} <${email}>`, `Date: ${date}`, `Subject: [PATCH] ${subject}`];
  return `${head.join('\n')}\n\n${body}---\n\n${diff.toString()}`;
};

/**
 * Every file that the patch adds belongs to an entry of MAINTAINERS: to one that
 * the series itself adds where it adds one, to any but the last resort else.
 */
export const maintained = async (context: Context, tree: Tree, patch: Patch): Promise<Check> => {
  const added = filesAdded(patch);
  if (added.length === 0) return pass('maintainers', 'no new file');
  const own = await entriesAdded(tree);
  const homeless: string[] = [];
  for (const file of added) {
    const ended = await run({
      argv: [
        'perl',
        'scripts/get_maintainer.pl',
        '--no-git',
        '--no-git-fallback',
        '--sections',
        '-f',
        file,
      ],
      cwd: tree.directory,
      capture: true,
      signal: context.signal,
    });
    const entries = ended.stdout
      .toString()
      .split('\n\n')
      .map((text) => text.trimStart().split('\n')[0] ?? '')
      .filter((entry) => entry !== '' && entry !== 'THE REST');
    if (!entries.some((entry) => own.size === 0 || own.has(entry))) homeless.push(file);
  }
  return finding(
    'maintainers',
    homeless.map((file) => `no entry of MAINTAINERS has ${file}`),
  );
};

/** The titles of entries that are in the tree's MAINTAINERS and not in the source's. */
const entriesAdded = async (tree: Tree): Promise<ReadonlySet<string>> => {
  const titles = (text: string) =>
    [...text.matchAll(/^(\S.*)\n[A-Z]:\t/gm)].map(([, title = '']) => title);
  const file = join(tree.directory, 'MAINTAINERS');
  const base = await git(['--git-dir', tree.repository, 'show', `${tree.base}:MAINTAINERS`]);
  const known = new Set(titles(base.stdout.toString()));
  return new Set(titles(await readFile(file, 'utf8')).filter((title) => !known.has(title)));
};
