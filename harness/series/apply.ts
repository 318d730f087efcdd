// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../base/context.ts';
import { fingerprint } from '../base/fingerprint.ts';
import { git, text } from '../base/process/git.ts';
import { printable } from '../base/process/lines.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { temporary } from '../base/cache/scratch.ts';
import { writing } from '../source/tree/alternates.ts';
import type { Source } from '../source/source.ts';
import { ownCommits, type Labelled } from './own-commits.ts';
import { lendPreimages } from './preimages.ts';
import { explainRejection } from './rejection.ts';
import { messageOf } from './patch/mail.ts';
import type { Patch } from './patch/patch.ts';
import type { Series } from './series.ts';

/** The pinned source with series applied, as a commit of the source's repository. */
export interface Applied {
  readonly repository: string;
  /** What warnings, owners and touched files are counted from. */
  readonly base: string;
  /** The commits of a tree's own above {@link base}, then one a patch, author and message kept. */
  readonly commit: string;
  /** Commit to the patch that it is, in order. */
  readonly patches: readonly Labelled[];
}

/** Raise it when the same patches come to make another tree. */
const RECIPE = 1;

/**
 * Applies patches on an index of its own, so that no file of any tree is
 * touched: a checkout afterwards changes only what differs, and make rebuilds
 * only that. No fuzz: git apply has none. Fails with `unbuildable`.
 */
export const applySeries = async (
  context: Context,
  source: Source,
  all: readonly Series[],
): Promise<Result<Applied & { readonly cached: boolean }>> => {
  const { repository, commit: base } = source;
  const own = await ownCommits(source);
  const patches = all.flatMap((series) =>
    series.patches.map((patch) => ({ ...patch, label: `${series.name}/${patch.name}` })),
  );
  const refOf = (count: number): string =>
    `refs/kbt/${fingerprint({ recipe: RECIPE, base, patches: patches.slice(0, count).map((p) => p.digest) })}`;
  const known = await knownPrefix(
    repository,
    base,
    patches.map((_, index) => refOf(index + 1)),
  );
  if (known.length === patches.length)
    return ok({ ...applied(source, own, known, patches), cached: true });

  const at = ['--git-dir', repository];
  const scratch = await temporary('apply');
  try {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') };
    const options = { env, signal: context.signal };
    let parent = known.at(-1) ?? base;
    const read = await git([...at, 'read-tree', parent], options);
    if (read.code !== 0)
      return fail('environment', 'cannot read the source tree', {
        detail: read.tail.join('\n'),
      });
    const made = [...known];
    for (const [index, patch] of [...patches.entries()].slice(known.length)) {
      context.emit({
        type: 'step',
        reason: 'progress',
        step: 'tree',
        text: patch.label,
        done: index + 1,
        total: patches.length,
      });
      const next = await applyOne(repository, parent, patch, options);
      if (!next.ok) return next;
      parent = next.value;
      made.push(parent);
    }
    // Who looks at a series patch by patch finds all its prefixes applied.
    await git([...at, 'update-ref', '--stdin'], {
      stdin: made.map((commit, index) => `update ${refOf(index + 1)} ${commit}\n`).join(''),
    });
    return ok({ ...applied(source, own, made, patches), cached: false });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** The commits of as many patches as were applied once, of the refs of all prefixes. */
const knownPrefix = async (
  repository: string,
  base: string,
  refs: readonly string[],
): Promise<readonly string[]> => {
  if (refs.length === 0) return [];
  const at = ['--git-dir', repository];
  const found = new Set(
    text(await git([...at, 'for-each-ref', '--format=%(refname)', ...refs])).split('\n'),
  );
  const count = refs.findLastIndex((ref) => found.has(ref)) + 1;
  const listed = await git([...at, 'rev-list', '--reverse', `${base}..${refs[count - 1]}`]);
  const commits = text(listed)
    .split('\n')
    .filter((commit) => commit !== '');
  return listed.code === 0 && commits.length === count ? commits : [];
};

const applied = (
  { repository, commit, base }: Source,
  own: readonly Labelled[],
  commits: readonly string[],
  patches: readonly { readonly label: string }[],
): Applied => ({
  repository,
  base: base ?? commit,
  commit: commits.at(-1) ?? commit,
  patches: [
    ...own,
    ...commits.map((commit, index) => ({ commit, patch: patches[index]?.label ?? '' })),
  ],
});

const applyOne = async (
  repository: string,
  parent: string,
  patch: Patch & { readonly label: string },
  options: { readonly env: Record<string, string>; readonly signal: AbortSignal },
): Promise<Result<string>> => {
  const at = ['--git-dir', repository];
  const written = { ...options, env: { ...options.env, ...writing(repository) } };
  await lendPreimages(repository, patch.diff.toString(), options);
  const put = await git([...at, 'apply', '--cached', '--whitespace=nowarn', '-'], {
    ...written,
    stdin: patch.diff,
  });
  if (put.code !== 0)
    return fail('unbuildable', `${patch.label} does not apply`, {
      code: 'patch-rejected',
      where: patch.file,
      detail: await explainRejection(repository, parent, patch.diff.toString(), put.tail),
      remedy: 'rebase the series onto the source, or move it after the patch it needs',
    });
  const tree = text(await git([...at, 'write-tree', '--missing-ok'], written));
  const { author, email, date, subject, body } = await messageOf(patch.mail, titleOf(patch));
  const commit = await git([...at, 'commit-tree', tree, '-p', parent, '-F', '-'], {
    ...options,
    stdin: `${subject}\n\n${body}`,
    env: {
      ...options.env,
      GIT_AUTHOR_NAME: author,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
    },
  });
  return commit.code === 0
    ? ok(text(commit))
    : fail('unbuildable', `${patch.label} cannot be committed`, {
        where: patch.file,
        detail: printable(commit.tail.join(' ')),
      });
};

/** What stands for the subject of a patch that has none: 0001-fix-it.patch, `fix-it`. */
const titleOf = ({ name }: Patch): string =>
  name.replace(/^(?:v\d+-)?\d+[-_. ]/, '').replace(/\.(?:patch|diff)$/, '') || name;
