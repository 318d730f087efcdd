// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporary } from '../../base/cache/scratch.ts';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { ok, type Result } from '../../base/result.ts';
import { writing } from '../../source/tree/alternates.ts';
import type { Source } from '../../source/source.ts';
import { readPart, type IndexOptions } from '../apply/part-index.ts';
import { copyPreimages } from '../apply/preimages.ts';
import { explainRejection } from '../apply/rejection.ts';
import { fileDiffs } from '../patch/file-diffs.ts';
import type { Patch } from '../patch/patch.ts';
import type { Series } from '../series.ts';

/** How a patch stands to another source, with the patches before it that could be applied. */
export type Standing =
  | { readonly kind: 'applies' }
  /** As far as `lines` from where the patch says, forwards or back. */
  | { readonly kind: 'moved'; readonly lines: number }
  /** It is there; as `commit`, where the history tells. */
  | { readonly kind: 'there'; readonly commit?: string }
  /** Of `hunks` so many are there; those that neither are nor apply are in `detail`. */
  | {
      readonly kind: 'part';
      readonly there: number;
      readonly hunks: number;
      readonly detail: string;
    }
  | { readonly kind: 'conflict'; readonly detail: string }
  /** It fits here, and what takes it out fits there, so many lines away: nobody knows which is meant. */
  | { readonly kind: 'unclear'; readonly lines: number; readonly back: number };

/** The commits of a history by what they change, as git-patch-id(1) names that. */
export type KnownChanges = ReadonlyMap<string, string>;

/**
 * How each patch of a series stands to a source. One that does not apply is left out for those
 * behind it. Writes objects to the source's repository and nothing else. Fails with `environment`.
 */
export const standings = async (
  context: Context,
  { repository, commit }: Pick<Source, 'repository' | 'commit'>,
  { patches }: Pick<Series, 'patches'>,
  known: KnownChanges,
): Promise<Result<readonly Standing[]>> => {
  const scratch = await temporary('apply');
  try {
    const options = {
      env: { GIT_INDEX_FILE: join(scratch, 'index') },
      signal: context.signal,
    };
    const read = await readPart(repository, commit, patches, options);
    if (!read.ok) return read;
    const found: Standing[] = [];
    for (const patch of patches) {
      const standing = await standingOf({ repository, commit, options }, patch);
      const same = known.get(await patchId(patch.diff));
      // One that was taken, and taken out again, applies.
      const isThere =
        same !== undefined && !['applies', 'moved', 'unclear'].includes(standing.kind);
      found.push(isThere ? { kind: 'there', commit: same } : standing);
    }
    return ok(found);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** What a diff changes, by a name that neither lines' numbers nor white space is part of. */
export const patchId = async (diff: Buffer): Promise<string> =>
  text(await git(['patch-id', '--stable'], { stdin: diff })).split(' ')[0] ?? '';

/** An index of the source with patches. */
interface At {
  readonly repository: string;
  readonly commit: string;
  readonly options: IndexOptions;
}

/** Puts a patch into the index where it applies. */
const standingOf = async (at: At, { diff }: Patch): Promise<Standing> => {
  await copyPreimages(at.repository, diff.toString(), at.options);
  const { forwards, back } = await bothWays(at, diff);
  // Where both fit, one of them fits at another place, which happens to look alike.
  if (back.lines === 0 || (fits(back) && !fits(forwards))) return { kind: 'there' };
  if (fits(forwards)) {
    await tryOn(at, diff, []);
    if (forwards.lines === 0) return { kind: 'applies' };
    return fits(back)
      ? { kind: 'unclear', lines: forwards.lines, back: back.lines }
      : { kind: 'moved', lines: forwards.lines };
  }
  const detail = await explainRejection(at.repository, at.commit, diff.toString(), forwards.tail);
  let there = 0;
  const hunks = hunksOf(diff);
  for (const hunk of hunks) {
    const one = await bothWays(at, hunk);
    if (fits(one.back) && !fits(one.forwards)) there += 1;
  }
  return there === 0
    ? { kind: 'conflict', detail }
    : { kind: 'part', there, hunks: hunks.length, detail };
};

/** Each hunk as a diff of its own; what moves, adds or removes a file is one as a whole. */
const hunksOf = (diff: Buffer): readonly Buffer[] =>
  fileDiffs(diff.toString('latin1')).flatMap(({ before, after, hunks }) => {
    const [from, to] = [before, after].map((name, side) =>
      name === undefined ? '/dev/null' : `${'ab'[side] ?? ''}/${name}`,
    );
    const mode = before === undefined ? 'new file mode 100644\n' : '';
    const gone = after === undefined ? 'deleted file mode 100644\n' : '';
    const path = after ?? before ?? '';
    const head = `diff --git a/${path} b/${path}\n${mode}${gone}--- ${from ?? ''}\n+++ ${to ?? ''}\n`;
    return hunks.map(({ lines }) => Buffer.from(`${head}${lines.join('\n')}\n`, 'latin1'));
  });

/** How far from its place a diff fits, in lines; Infinity where it does not. */
interface Fit {
  readonly lines: number;
  /** What git said. */
  readonly tail: readonly string[];
}

const fits = ({ lines }: Fit): boolean => lines < Infinity;

/** How a diff fits, and how what takes it out would. */
const bothWays = async (
  at: At,
  diff: Buffer,
): Promise<{ readonly forwards: Fit; readonly back: Fit }> => {
  const [forwards, back] = await Promise.all([
    tryOn(at, diff, ['--check']),
    tryOn(at, diff, ['--check', '--reverse']),
  ]);
  return { forwards, back };
};

const tryOn = async (
  { repository, options }: At,
  diff: Buffer,
  how: readonly string[],
): Promise<Fit> => {
  const apply = ['apply', '--cached', '--verbose', '--whitespace=nowarn', ...how, '-'];
  const { code, tail } = await git(['--git-dir', repository, ...apply], {
    ...options,
    env: { ...options.env, ...writing(repository) },
    stdin: diff,
  });
  if (code !== 0) return { lines: Infinity, tail };
  // Git says it in words alone (apply.c, apply_one_fragment()).
  const moved = tail.flatMap((line) => /\(offset (-?\d+) lines?\)/.exec(line)?.[1] ?? []);
  return { lines: Math.max(0, ...moved.map((one) => Math.abs(Number(one)))), tail };
};
