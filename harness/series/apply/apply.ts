// SPDX-License-Identifier: MIT
import { rm } from 'node:fs/promises';
import type { Context } from '../../base/context.ts';
import { temporary } from '../../base/cache/scratch.ts';
import { fingerprint } from '../../base/fingerprint.ts';
import { git, text } from '../../base/process/git.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import type { Patch } from '../patch/patch.ts';
import type { Series } from '../series.ts';
import { applyPatches } from './apply-patches.ts';
import { ownCommits, type Labelled } from './own-commits.ts';

/** The pinned source with series applied, as a commit of the source's repository. */
export interface Applied {
  readonly repository: string;
  /** What warnings, owners and touched files are counted from. */
  readonly base: string;
  /** The commits of a tree's own above {@link base}, then one a patch, author and message kept. */
  readonly commit: string;
  /** Commit to the patch that it is, in order. */
  readonly patches: readonly Labelled[];
  /** The files that the commits above {@link base} change or add, relative to the tree. */
  readonly touched: ReadonlySet<string>;
}

/** Raise it when the same patches come to make another tree. */
const RECIPE = 2;

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
  const refs = refsOf(base, patches);
  const known = await knownPrefix(repository, refs);
  if (known.length === patches.length)
    return ok({ ...(await applied(source, own, known, patches)), cached: true });

  const scratch = await temporary('apply');
  try {
    const parent = known.at(-1) ?? base;
    const made = await applyPatches(context, {
      ...{ repository, parent, scratch },
      ...{ patches, known: known.length },
    });
    if (!made.ok) return made;
    const commits = [...known, ...made.value];
    // Who looks at a series patch by patch finds all its prefixes applied.
    await git(['--git-dir', repository, 'update-ref', '--stdin'], {
      stdin: made.value
        .map((commit, index) => `update ${refs[known.length + index] ?? ''} ${commit}\n`)
        .join(''),
    });
    return ok({ ...(await applied(source, own, commits, patches)), cached: false });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** A name for each prefix of the patches on a source: for what made it, not for what it is. */
const refsOf = (base: string, patches: readonly Patch[]): readonly string[] => {
  let below = fingerprint({ recipe: RECIPE, base });
  return patches.map(({ digest }) => {
    below = fingerprint({ below, patch: digest });
    return `refs/kbt/${below}`;
  });
};

/** The commits of as many patches as were applied once. */
const knownPrefix = async (
  repository: string,
  refs: readonly string[],
): Promise<readonly string[]> => {
  if (refs.length === 0) return [];
  const asked = await git(['--git-dir', repository, 'cat-file', '--batch-check'], {
    stdin: refs.map((ref) => `${ref}\n`).join(''),
  });
  const said = text(asked).split('\n');
  const commits = said.flatMap((line) => /^([0-9a-f]{40,}) commit /.exec(line)?.[1] ?? []);
  const missing = said.findIndex((line) => !/^[0-9a-f]{40,} commit /.test(line));
  return missing < 0 ? commits : commits.slice(0, missing);
};

const applied = async (
  { repository, commit, base = commit }: Source,
  own: readonly Labelled[],
  commits: readonly string[],
  patches: readonly { readonly label: string }[],
): Promise<Applied> => {
  const last = commits.at(-1) ?? commit;
  return {
    repository,
    base,
    commit: last,
    patches: [
      ...own,
      ...commits.map((id, index) => ({ commit: id, patch: patches[index]?.label ?? '' })),
    ],
    touched: new Set(await changedFiles(repository, base, last)),
  };
};

/** The files in which two commits differ. */
export const changedFiles = async (
  repository: string,
  from: string,
  to: string,
): Promise<readonly string[]> => {
  if (from === to) return [];
  const ended = await git(['--git-dir', repository, 'diff', '--name-only', '-z', from, to]);
  return text(ended)
    .split('\0')
    .filter((name) => name !== '');
};
