// SPDX-License-Identifier: MIT
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { temporary } from '../../base/cache/scratch.ts';

/**
 * The mails of a file, in order, as git-am(1) takes it apart: one, or those of an mbox.
 * A file whose every line ends in CR LF got so on its way, and loses the CRs. Fails with
 * `unbuildable`.
 */
export const mailsOf = async (data: Buffer, file: string): Promise<Result<readonly Buffer[]>> => {
  const arrived = /^[^\n]*\r\n/.test(data.toString('latin1', 0, HEAD)) ? withoutCr(data) : data;
  if (!arrived.includes('\nFrom ')) return ok([arrived]);
  const scratch = await temporary('mails');
  try {
    const split = await git(['mailsplit', '-b', '-d6', '--keep-cr', '--mboxrd', `-o${scratch}`], {
      stdin: arrived,
    });
    if (split.code !== 0)
      return fail('unbuildable', `${file} is no mailbox that git can read`, {
        code: 'series-unreadable',
        where: file,
        detail: split.tail.slice(-3).join('\n'),
      });
    const names = (await readdir(scratch)).sort();
    return ok(await Promise.all(names.map((name) => readFile(join(scratch, name)))));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Longer than the first line of a mail can be. */
const HEAD = 4096;

/** Without the CR before each line feed; of several one. */
const withoutCr = (data: Buffer): Buffer =>
  Buffer.from(data.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');

/**
 * The part of a mail that changes files, with the transfer encoding undone. A mail that is
 * encoded in no way is not handed to git: its bytes are the diff, from the line on with
 * which git-mailinfo begins it (patchbreak() of git's mailinfo.c).
 */
export const diffOf = async (mail: Buffer): Promise<Buffer> => {
  const text = mail.toString('latin1');
  const begin = BREAK.exec(text)?.index ?? text.length;
  const diff = isEncoded(text.slice(0, begin)) ? (await readMail(mail)).diff : mail.subarray(begin);
  // A mail in an encoding keeps the CRs that its lines were sent with.
  return /^\+\+\+ .*\r$/m.test(diff.toString('latin1')) ? withoutCr(diff) : diff;
};

/** Of the whole text: `^` of a multi-line expression stands after a lone CR, too. */
const BREAK = /(?<![^\n])(?:diff -|Index: |---(?:[ \t\r\f\v]*\n| [^\s]))/;

/** Whether the headers above a diff say that what follows has to be decoded; in doubt it has. */
const isEncoded = (head: string): boolean =>
  [...head.matchAll(/^content-(type|transfer-encoding):((?:[^\n]*\n)(?:[ \t][^\n]*\n)*)/gim)].some(
    ([, header = '', value = '']) =>
      header.toLowerCase() === 'type'
        ? !/^\s*text\/[\w.+-]+\s*(?:;\s*charset="?[\w-]+"?\s*)?$/i.test(value)
        : !/^\s*(?:7bit|8bit|binary)\s*$/i.test(value),
  );

/** Who wrote a patch, when and why. */
export interface PatchMessage {
  readonly author: string;
  readonly email: string;
  /** In a form that git reads. */
  readonly date: string;
  readonly subject: string;
  readonly body: string;
}

/** What a patch says that has no mail header, as quilt keeps them: nobody knows the author. */
const UNKNOWN = { author: 'unknown', email: 'unknown@localhost', date: '@0 +0000' };

/** The message of a mail, in UTF-8; where it has no subject, `name` is it. */
export const messageOf = async (mail: Buffer, name: string): Promise<PatchMessage> => {
  const { info, body } = await readMail(mail);
  const { author, email, date } = UNKNOWN;
  return {
    author: info('Author') ?? author,
    email: info('Email') ?? email,
    date: info('Date') ?? date,
    subject: info('Subject') ?? name,
    body,
  };
};

/** One header of a mail, unfolded and not decoded; undefined where it has none of that name. */
export const rawHeaderOf = (mail: Buffer, name: string): string | undefined => {
  const text = mail.toString('latin1');
  const head = text.slice(0, /\r?\n\r?\n/.exec(text)?.index ?? text.length);
  const found = new RegExp(`^${name}:((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im').exec(head)?.[1];
  if (found === undefined) return undefined;
  return Buffer.from(found, 'latin1').toString('utf8').replace(/\s+/g, ' ').trim();
};

/** The same, decoded. */
export const headerOf = async (mail: Buffer, name: string): Promise<string | undefined> => {
  const raw = rawHeaderOf(mail, name);
  // git decodes a subject alone, as RFC 2047 has it; most need no decoding.
  return name.toLowerCase() === 'subject' && raw?.includes('=?')
    ? (await readMail(mail, '-k')).info('Subject')
    : raw;
};

/** Whether a mail is the letter before a series: `[PATCH v2 00/12]` by its subject. */
export const isCoverLetter = async (mail: Buffer): Promise<boolean> =>
  /^[^\]]*\b0+\/\d+\b/.test((await readMail(mail, '-k')).info('Subject') ?? '');

/** A mail as git-mailinfo(1) takes it apart. */
const readMail = async (mail: Buffer, ...options: readonly string[]) => {
  const scratch = await temporary('mails');
  const [message, patch] = [join(scratch, 'message'), join(scratch, 'patch')];
  try {
    // With --encoding=UTF-8 git leaves another encoding as it is.
    const utf8 = ['-c', 'i18n.commitEncoding=UTF-8'];
    const command = [...utf8, 'mailinfo', '--quoted-cr=nowarn', ...options];
    const ended = await git([...command, message, patch], { stdin: mail });
    const fields = ended.stdout.toString();
    return {
      info: (field: string): string | undefined =>
        new RegExp(`^${field}: (.+)$`, 'm').exec(fields)?.[1],
      body: await readFile(message, 'utf8').catch(() => ''),
      diff: await readFile(patch).catch(() => Buffer.alloc(0)),
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
