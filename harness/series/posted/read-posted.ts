// SPDX-License-Identifier: MIT
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fail, ok, type Result } from '../../base/result.ts';
import { digest } from '../../base/fingerprint.ts';
import { entriesByNumber, parseSeriesFile } from '../files/series-file.ts';
import { headerOf, mailsOf, rawHeaderOf } from '../patch/mail.ts';
import { patchOf, titleOf, type Patch } from '../patch/patch.ts';
import { basisOf } from './basis.ts';
import { choose, mayBePatch, type Posted } from './choose.ts';
import { parseSubject, type Subject } from './subject.ts';

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
      return patch
        ? [{ ...patch, name: `${number}-${slug(title).slice(0, 52) || 'patch'}.patch` }]
        : [];
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

const mailsIn = async (path: string, strip = 1): Promise<Result<readonly PostedMail[]>> => {
  const found = path === '-' ? undefined : await stat(path).catch(() => undefined);
  if (!found && path !== '-') return fail('usage', `there is no file ${path}`);
  if (found?.isDirectory()) return mailsOfDirectory(path);
  const data = path === '-' ? await readStdin() : await readFile(path).catch(() => undefined);
  if (data === undefined) return fail('usage', `cannot read ${path}`);
  const unpacked = unpack(data);
  if (!unpacked)
    return fail('unbuildable', `${path} is cut or damaged, or holds more than 256 MiB`, {
      code: 'series-unreadable',
      where: path,
      remedy: 'fetch it again: gzip cannot unpack it',
    });
  const split = await mailsOf(unpacked, path);
  if (!split.ok) return split;
  const all: PostedMail[] = [];
  for (const bytes of split.value) all.push(await postedOf(bytes, path, strip));
  return ok(all);
};

/** Whatever it is, a pipe, a file or a socket: not each of them can be opened by a name. */
const readStdin = async (): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/**
 * The mails in a directory. Where that has a list or numbered patches, these decide, as quilt and
 * `--series-dir` have it, and no subject does: `[PATCH 2/3]` may have come with another series.
 */
const mailsOfDirectory = async (directory: string): Promise<Result<readonly PostedMail[]>> => {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('.')).sort();
  const file = join(directory, 'series');
  const isList = names.some((name) => name === 'series' || /\.(?:patch|diff)$/.test(name));
  const listed = names.includes('series')
    ? parseSeriesFile(await readFile(file, 'utf8'), file)
    : isList
      ? entriesByNumber(names, directory)
      : ok(names.map(inOrder));
  if (!listed.ok) return listed;
  const all: PostedMail[] = [];
  for (const { name, strip } of listed.value) {
    const read = await mailsIn(join(directory, name), strip);
    if (!read.ok) return read;
    const nothing = read.value.find(({ number, changes }) => number !== 0 && changes === undefined);
    if (isList && nothing)
      return fail('unbuildable', `${name} of the series changes no file`, {
        code: 'series-unreadable',
        where: join(directory, name),
        remedy: 'take it out of the series, or export the patch again with git format-patch',
      });
    all.push(...(isList ? read.value.map(unnumbered) : read.value));
  }
  return ok(all);
};

const inOrder = (name: string): { readonly name: string; readonly strip: number } => ({
  name,
  strip: 1,
});

/** A mail whose place is known: what its subject says of that does not count. */
const unnumbered = (mail: PostedMail): PostedMail =>
  mail.number === 0
    ? { ...mail, revision: 1 }
    : { ...mail, isReply: false, revision: 1, number: undefined, of: undefined };

/** Bytes: more than any thread has. */
const LARGEST = 2 ** 28;

/** Of what gzip packed what it holds; undefined where it is damaged, or too large. */
const unpack = (data: Buffer): Buffer | undefined => {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    return gunzipSync(data, { maxOutputLength: LARGEST });
  } catch {
    return undefined;
  }
};

const postedOf = async (bytes: Buffer, path: string, strip: number): Promise<PostedMail> => {
  const subject = await subjectOf(bytes, path);
  const patch = mayBePatch(subject) ? await patchOf(subject.title, path, bytes, strip) : undefined;
  const ids = (name: string): readonly string[] =>
    [...(rawHeaderOf(bytes, name) ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id);
  return {
    ...subject,
    bytes,
    patch: patch && { ...patch, line: undefined },
    changes: patch && digest(patch.diff),
    id: ids('Message-Id')[0],
    answers: ids('In-Reply-To'),
  };
};

const subjectOf = async (bytes: Buffer, path: string): Promise<Subject> => {
  // Of a reply, and most of an archive are replies, only that counts.
  const raw = parseSubject(rawHeaderOf(bytes, 'Subject') ?? '');
  if (raw.isReply) return raw;
  // A patch without a mail around it has its file's name for a title.
  return parseSubject((await headerOf(bytes, 'Subject')) ?? titleOf({ name: basename(path) }));
};
