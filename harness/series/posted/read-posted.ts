// SPDX-License-Identifier: MIT
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fail, ok, type Result } from '../../base/result.ts';
import { digest } from '../../base/fingerprint.ts';
import { headerOf, mailsOf } from '../patch/mail.ts';
import { patchOf, type Patch } from '../patch/patch.ts';
import { basisOf } from './basis.ts';
import { choose, mayBePatch, type Posted } from './choose.ts';
import { parseSubject } from './subject.ts';

/** A series as it was posted. */
export interface PostedSeries {
  /** Made of the title, for a directory: `proc-add-proc-hello`. */
  readonly name: string;
  readonly revision: number;
  readonly patches: readonly Patch[];
  /** The letter before it, as it came. */
  readonly cover: Buffer | undefined;
  readonly notes: readonly string[];
}

interface PostedMail extends Posted {
  readonly bytes: Buffer;
  readonly patch: Patch | undefined;
}

/** What `-` stands for. */
const STDIN = '/dev/stdin';

/**
 * Reads the mails of a series: mailboxes and mails, packed by gzip or not, `-` for stdin,
 * directories of them. Takes the newest revision in them, or the one asked for. Fails as
 * {@link choose} does, and with `usage` for a file that is not there.
 */
export const readPosted = async (
  files: readonly string[],
  asked?: number,
): Promise<Result<PostedSeries>> => {
  const mails: PostedMail[] = [];
  for (const file of files) {
    const read = await mailsIn(file);
    if (!read.ok) return read;
    mails.push(...read.value);
  }
  const where = files.join(', ');
  const chosen = choose(mails, asked, where);
  if (!chosen.ok) return chosen;
  const { revision, cover, patches, notes } = chosen.value;
  const [first] = patches;
  const name =
    slug((cover ?? first)?.title ?? '')
      .slice(0, 40)
      .replace(/-+$/, '') || 'series';
  return ok({
    name,
    revision,
    cover: cover?.bytes,
    patches: patches.flatMap(({ patch, title }, index) => {
      const number = String(index + 1).padStart(4, '0');
      return patch ? [{ ...patch, name: `${number}-${slug(title).slice(0, 52)}.patch` }] : [];
    }),
    notes: [
      ...notes,
      ...basisOf([...(cover ? [cover.bytes] : []), ...patches.map(({ bytes }) => bytes)]),
    ],
  });
};

/** As git-format-patch(1) makes a file's name of a subject. */
const slug = (title: string): string =>
  title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/\.+/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '');

const mailsIn = async (path: string): Promise<Result<readonly PostedMail[]>> => {
  const file = path === '-' ? STDIN : path;
  const found = await stat(file).catch(() => undefined);
  if (!found) return fail('usage', `there is no file ${path}`);
  if (found.isDirectory()) {
    const names = (await readdir(file)).filter((name) => !name.startsWith('.')).sort();
    const all: PostedMail[] = [];
    for (const name of names) {
      const read = await mailsIn(join(file, name));
      if (!read.ok) return read;
      all.push(...read.value);
    }
    return ok(all);
  }
  const data = await readFile(file);
  const unpacked = unpack(data);
  if (!unpacked)
    return fail('unbuildable', `${path} is cut or damaged`, {
      code: 'series-unreadable',
      where: path,
      remedy: 'fetch it again: gzip cannot unpack it',
    });
  const split = await mailsOf(unpacked, path);
  if (!split.ok) return split;
  const all: PostedMail[] = [];
  for (const bytes of split.value) all.push(await postedOf(bytes, path));
  return ok(all);
};

/** Of what gzip packed what it holds; undefined where it is damaged. */
const unpack = (data: Buffer): Buffer | undefined => {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    return gunzipSync(data);
  } catch {
    return undefined;
  }
};

const postedOf = async (bytes: Buffer, path: string): Promise<PostedMail> => {
  // A patch without a mail around it has its file's name for a title.
  const subject = parseSubject((await headerOf(bytes, 'Subject')) ?? basename(path));
  const patch = mayBePatch(subject) ? await patchOf(subject.title, path, bytes) : undefined;
  const ids = async (name: string): Promise<readonly string[]> =>
    [...((await headerOf(bytes, name)) ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id);
  return {
    ...subject,
    bytes,
    patch: patch && { ...patch, line: undefined },
    changes: patch && digest(patch.diff),
    id: (await ids('Message-Id'))[0],
    answers: await ids('In-Reply-To'),
  };
};
