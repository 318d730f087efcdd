// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digest, fingerprint } from '../../base/fingerprint.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Entry } from '../files/series-file.ts';
import { canonicalDiff, fileDiffs } from './file-diffs.ts';
import { diffOf, isCoverLetter, mailsOf } from './mail.ts';

/** One patch, read once and decoded: what is digested is what is applied. */
export interface Patch {
  /** As the series file names its file: 0001-add-a-call.patch; of several in one all.mbox#2. */
  readonly name: string;
  readonly file: string;
  /** Bytes of the one mail, or of the file that is none; its message is read of them. */
  readonly mail: Buffer;
  /** What it does to files: decoded, for `git apply -p1`, names as `git diff` has them. */
  readonly diff: Buffer;
  /** The N of `patch -pN` by which it was read; `diff` is for -p1. */
  readonly strip: number;
  /** Of the file the line, from 1, that `diff` begins at; undefined where its lines are others. */
  readonly line: number | undefined;
  /** The Kconfig symbols that it adds. */
  readonly symbols: readonly string[];
  /** The Kconfig symbols whose entries it changes: one that was BROKEN may be no longer. */
  readonly symbolsChanged: readonly string[];
  /** What decides a tree: all of the above, and the way of decoding. */
  readonly digest: string;
  /** sha256 of {@link mail}, as others count it. */
  readonly sha256: string;
}

/** Raise it when the same bytes come to be read as another patch. */
const DECODING = 1;

/** A patch of the bytes of one mail; undefined where these change no file. */
export const patchOf = async (
  name: string,
  file: string,
  mail: Buffer,
  strip = 1,
): Promise<Patch | undefined> => {
  const decoded = await diffOf(mail);
  const diff = canonicalDiff(decoded, strip);
  if (diff === undefined) return undefined;
  const sha256 = digest(mail);
  const key = fingerprint({ decoding: DECODING, mail: sha256, strip });
  const plain = diff === decoded && mail.subarray(mail.length - diff.length).equals(diff);
  const line = plain
    ? mail.toString('latin1', 0, mail.length - diff.length).split('\n').length
    : undefined;
  const symbols = symbolsAdded(diff);
  const symbolsChanged = symbolsAround(diff).filter((symbol) => !symbols.includes(symbol));
  return { name, file, mail, diff, strip, line, symbols, symbolsChanged, digest: key, sha256 };
};

/** What stands for the subject of a patch that has none: 0001-fix-it.patch, `fix-it`. */
export const titleOf = ({ name }: Pick<Patch, 'name'>): string =>
  name.replace(/^(?:v\d+-)?\d+[-_. ]/, '').replace(/\.(?:patch|diff)$/, '') || name;

/** The Kconfig symbols that a diff adds. */
export const symbolsAdded = (diff: Buffer): readonly string[] =>
  [...diff.toString('latin1').matchAll(/^\+(?:menu)?config (\w+)$/gm)].map(
    ([, name = '']) => `CONFIG_${name}`,
  );

/** The Kconfig symbols whose entries stand in the hunks of a diff, or above them. */
const symbolsAround = (diff: Buffer): readonly string[] => {
  const hunks = fileDiffs(diff.toString('latin1'))
    .filter(({ before = '' }) => /(?:^|\/)Kconfig[^/]*$/.test(before))
    .flatMap(({ hunks: ofFile }) => ofFile.flatMap(({ lines }) => lines));
  const named = hunks.flatMap(
    (line) => /^(?:@@ .* @@| |-) ?(?:menu)?config (\w+)$/.exec(line)?.[1] ?? [],
  );
  return [...new Set(named)].map((name) => `CONFIG_${name}`);
};

/**
 * The patches of one entry of a series: one, none of a cover letter, several of an mbox.
 * Fails with `unbuildable`.
 */
export const readPatches = async (
  directory: string,
  { name, strip, where }: Entry,
): Promise<Result<readonly Patch[]>> => {
  const file = join(directory, name);
  const data = await readFile(file).catch(() => undefined);
  if (data === undefined)
    return fail('unbuildable', `the series names ${name}, which is not there`, {
      code: 'series-unreadable',
      where,
    });
  const mails = await mailsOf(data, file);
  if (!mails.ok) return mails;
  const patches: Patch[] = [];
  for (const [index, mail] of mails.value.entries()) {
    const title = mails.value.length === 1 ? name : `${name}#${patches.length + 1}`;
    const patch = await patchOf(title, file, mail, strip);
    if (patch) {
      // Where a mail of a mailbox begins git does not say.
      patches.push(mails.value.length === 1 ? patch : { ...patch, line: undefined });
      continue;
    }
    if (/^(?:v\d+-)?0000-/.test(name) || (await isCoverLetter(mail))) continue;
    return fail('unbuildable', `${name} changes no file`, {
      code: 'series-unreadable',
      where: file,
      ...(mails.value.length === 1 ? {} : { detail: `mail ${index + 1} in it holds no diff` }),
      remedy: 'take it out of the series, or export the patch again with git format-patch',
    });
  }
  return ok(patches);
};
