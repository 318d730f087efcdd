// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { mapSome } from '../../base/pool.ts';
import { git, text } from '../../base/process/git.ts';
import { printable } from '../../base/process/lines.ts';
import type { Ended } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { writing } from '../../source/tree/alternates.ts';
import { messageOf } from '../patch/mail.ts';
import { titleOf, type Patch } from '../patch/patch.ts';
import { entriesOf, readPart, type Entries, type IndexOptions as Options } from './part-index.ts';
import { copyPreimages } from './preimages.ts';
import { explainRejection } from './rejection.ts';
import { writeCommits, type NewCommit, type Place } from './write-commits.ts';

/** A patch, and what people call it: SERIES/FILE. */
export type LabelledPatch = Patch & { readonly label: string };

/** Where patches are applied, and how far they are. */
export interface ApplyOptions extends Omit<Place, 'signal'> {
  readonly patches: readonly LabelledPatch[];
  /** So many of them are in the parent. */
  readonly known: number;
}

/**
 * Applies the patches that are not known on top of their parent; gives a commit for each.
 * Fails with `unbuildable`: a patch that is rejected, with what stands there instead.
 */
export const applyPatches = async (
  context: Context,
  { patches, known, ...place }: ApplyOptions,
): Promise<Result<readonly string[]>> => {
  const { signal } = context;
  const { repository } = place;
  const options = { env: { GIT_INDEX_FILE: join(place.scratch, 'index') }, signal };
  const rest = patches.slice(known);
  const read = await readPart(repository, place.parent, rest, options);
  if (!read.ok) return read;
  const onApply = ({ label }: LabelledPatch, index: number): void =>
    context.emit({
      type: 'step',
      reason: 'progress',
      step: 'tree',
      text: label,
      done: known + index + 1,
      total: patches.length,
    });
  const [messages, { states, refused }] = await Promise.all([
    mapSome(rest, { atOnce: 2 }, (patch) => messageFor(repository, patch, signal)),
    applyAll(repository, rest, options, onApply),
  ]);
  if (!messages.ok) return messages;
  const commits = states.slice(1).flatMap((after, index) => {
    const [message, before] = [messages.value[index], states[index]];
    return message && before ? [{ ...message, before, after }] : [];
  });
  const written = await writeCommits({ ...place, signal }, commits);
  const patch = rest[commits.length];
  if (!written.ok || !refused || !patch) return written;
  // What stands in the tree instead is shown as the patches before leave it.
  return rejected(repository, written.value.at(-1) ?? place.parent, patch, refused);
};

/** The files in the index before the first patch and after each, up to the one that git refuses. */
const applyAll = async (
  repository: string,
  patches: readonly LabelledPatch[],
  options: Options,
  onApply: (patch: LabelledPatch, index: number) => void,
): Promise<{ readonly states: readonly Entries[]; readonly refused?: Ended }> => {
  const states = [await entriesOf(repository, options)];
  for (const [index, patch] of patches.entries()) {
    onApply(patch, index);
    const put = await applyOne(repository, patch, options);
    if (put.code !== 0) return { states, refused: put };
    states.push(await entriesOf(repository, options));
  }
  return { states };
};

const applyOne = async (repository: string, patch: Patch, options: Options): Promise<Ended> => {
  await copyPreimages(repository, patch.diff.toString(), options);
  return git(['--git-dir', repository, 'apply', '--cached', '--whitespace=nowarn', '-'], {
    ...options,
    env: { ...options.env, ...writing(repository) },
    stdin: patch.diff,
  });
};

const rejected = async (
  repository: string,
  commit: string,
  { label, file, diff }: LabelledPatch,
  put: Ended,
): Promise<Result<never>> =>
  fail('unbuildable', `${label} does not apply`, {
    code: 'patch-rejected',
    where: file,
    detail: await explainRejection(repository, commit, diff.toString(), put.tail),
    remedy: 'rebase the series onto the source, or move it after the patch it needs',
  });

/** Who wrote a patch and why, as its commit has it; git itself reads name and date. */
const messageFor = async (
  repository: string,
  patch: LabelledPatch,
  signal: AbortSignal,
): Promise<Result<Pick<NewCommit, 'author' | 'message'>>> => {
  const { author, email, date, subject, body } = await messageOf(patch.mail, titleOf(patch));
  const asked = await git(['--git-dir', repository, 'var', 'GIT_AUTHOR_IDENT'], {
    signal,
    env: { GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
  });
  const message = `${subject}\n\n${body}`;
  return asked.code === 0 && !message.includes('\0')
    ? ok({ author: text(asked), message: message.endsWith('\n') ? message : `${message}\n` })
    : fail('unbuildable', `${patch.label} cannot be committed`, {
        where: patch.file,
        detail: printable(asked.tail.join(' ')),
        remedy: 'mend the From:, Date: and Subject: of its mail',
      });
};
