// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { diffOf, headerOf, mailsOf, messageOf } from '../patch/mail.ts';
import { patchOf, titleOf, type Patch } from '../patch/patch.ts';
import type { PostedSeries } from './read-posted.ts';

/**
 * Writes a series into a directory that is not there: a patch a file, as git-format-patch(1)
 * writes it, `series`, and a README.md of the cover letter. Fails
 * with `usage` where there is something, or with `environment`.
 */
export const writeSeries = async (
  posted: PostedSeries,
  directory: string,
): Promise<Result<void>> => {
  if (existsSync(directory))
    return fail('usage', `${directory} is there already`, {
      where: directory,
      remedy: 'give another name by --name, or remove it',
    });
  // Half a series cannot be read: what is named first has to be there.
  const files = new Map<string, string | Buffer>([
    ['series', posted.patches.map(({ name }) => `${name}\n`).join('')],
  ]);
  for (const patch of posted.patches) {
    const bytes = await fileOf(patch);
    const read = await mailsOf(bytes, patch.name);
    const again = read.ok && read.value.length === 1 && (await patchOf('', '', bytes));
    // A line --- may stand before it now.
    if (!again || !again.diff.subarray(-patch.diff.length).equals(patch.diff))
      return fail('unbuildable', `${patch.name} cannot be written as one mail`, {
        code: 'series-unreadable',
        where: patch.file,
        remedy: 'its message may look like a mail: write it anew, or give it by --mbox',
      });
    files.set(patch.name, bytes);
  }
  if (posted.cover) files.set('README.md', await readmeOf(posted.cover));
  await mkdir(directory, { recursive: true });
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  return ok(undefined);
};

/** The date by which git knows a file of git-format-patch(1). */
const MAGIC = `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001`;

/** What git-mailsplit(1) may take for the beginning of another mail (is_from_line()). */
const SEPARATOR = /^From .*\d:\d\d/gm;

/** Headers of a posted patch that others look it up by. */
const KEPT = ['Message-Id', 'In-Reply-To'];

const fileOf = async ({ mail, diff, name }: Patch): Promise<Buffer> => {
  const { author, email, date, subject, body } = await messageOf(mail, titleOf({ name }));
  const kept = await headersOf(mail, KEPT);
  const isPlain = [author, subject, body].every((text) => /^[\x20-\x7e\s]*$/.test(text));
  const head = [
    MAGIC,
    `From: ${encoded(author)} <${email}>`,
    `Date: ${date}`,
    folded(`Subject: [PATCH] ${encoded(subject)}`),
    ...kept,
    ...(isPlain ? [] : EIGHT_BIT),
    '',
    body.trimEnd().replaceAll(SEPARATOR, '>$&'),
  ];
  const begin = diff.subarray(0, 4).toString() === '---\n' ? '' : '---\n';
  return Buffer.concat([Buffer.from(`${head.join('\n')}\n${begin}`), diff]);
};

/** A header as git breaks it: no line is longer than 78 columns where a word allows that. */
const folded = (header: string): string => {
  const lines: string[] = [];
  for (const word of header.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : ` ${word}`);
  }
  return lines.join('\n');
};

const WIDTH = 78;

const EIGHT_BIT = [
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=UTF-8',
  'Content-Transfer-Encoding: 8bit',
];

/** A text as a header may hold it (RFC 2047); as it is where that is ASCII. */
const encoded = (text: string): string => {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const bytes = [...Buffer.from(text)].map((byte) => {
    const plain = /[A-Za-z0-9]/.test(String.fromCharCode(byte)) && byte < 0x80;
    return plain
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return `=?UTF-8?q?${bytes.join('')}?=`;
};

const headersOf = async (mail: Buffer, names: readonly string[]): Promise<readonly string[]> => {
  const said: string[] = [];
  for (const name of names) {
    const value = await headerOf(mail, name);
    if (value !== undefined) said.push(`${name}: ${value}`);
  }
  return said;
};

const BASIS = /^(?:base-commit|prerequisite-[a-z-]+|depends-on|change-id): .*$/gim;

const readmeOf = async (cover: Buffer): Promise<string> => {
  const { author, email, subject, body } = await messageOf(cover, 'Cover letter');
  const headers = await headersOf(cover, ['Message-Id', 'Date']);
  const from = [`From: ${author} <${email}>`, ...headers].map((line) => `    ${line}\n`);
  // git and b4 write them where a patch would begin.
  const behind = (await diffOf(cover)).toString().match(BASIS) ?? [];
  const basis = behind.map((line) => `    ${line}\n`).join('');
  return `# ${subject}\n\n${from.join('')}\n${body.trim()}\n${basis === '' ? '' : `\n${basis}`}`;
};
