// SPDX-License-Identifier: MIT
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import { sourcesIn } from '../../source/stored.ts';
import { applySeries } from '../apply/apply.ts';
import { patchOf, type Patch } from '../patch/patch.ts';
import type { Series } from '../series.ts';
import { commitsOf } from './branch.ts';
import { remember } from './remembered.ts';

/** What an export did to the files of a series. */
export interface Exported {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

/**
 * Writes the commits of a checkout back into the files of its series. A patch of which neither
 * message nor change is another keeps its file to the byte. Fails with `usage` where the branch
 * is not what a series can be: not on the source, with merges, or with edits that no commit has.
 */
export const exportSeries = async (
  context: Context,
  source: Source,
  series: Series,
  directory: string,
): Promise<Result<Exported>> => {
  if (series.patches.some(({ name }) => name.includes('#')))
    return fail('usage', `${series.name} holds mailboxes, whose mails are not written one by one`, {
      where: series.directory,
      remedy: 'make files of them: kbt series import',
    });
  const found = await commitsOf(directory, source);
  if (!found.ok) return found;
  const before = await changesBefore(context, source, series);
  if (!before.ok) return before;
  const after = await Promise.all(
    found.value.map(async (commit) => ({ commit, ...(await changeOf(directory, commit)) })),
  );
  // Where a patch stands among others may decide whether a file of before still fits.
  const files = await firstThatMakes(context, source, { series, directory }, [
    () =>
      filesOf(series, directory, after, (own) =>
        before.value.find((one) => one.change === own.change),
      ),
    () =>
      filesOf(series, directory, after, (own) =>
        before.value.find((one) => one.whole === own.whole),
      ),
    () => filesOf(series, directory, after, () => undefined),
  ]);
  if (!files)
    return fail('environment', 'the patches of the commits do not make the tree of the checkout', {
      where: directory,
      remedy: 'nothing was written: report this, with the commits',
    });
  const old = new Set(series.patches.map(({ name }) => name));
  const written: string[] = [];
  let unchanged = 0;
  for (const [name, bytes] of files) {
    const file = join(series.directory, name);
    const there = await readFile(file).catch(() => undefined);
    if (there?.equals(bytes)) {
      unchanged += 1;
      continue;
    }
    await writeFile(`${file}.new`, bytes);
    await rename(`${file}.new`, file);
    written.push(name);
  }
  await writeList(series, [...files.keys()]);
  const removed = [...old].filter((name) => !files.has(name));
  for (const name of removed) await rm(join(series.directory, name), { force: true });
  await remember(context, series, { directory, commit: found.value.at(-1) ?? source.commit });
  return ok({ written, removed, unchanged });
};

/**
 * What each file of a series changes: on the source, or where it is rebased, on the one that it
 * was made for. Where that is gone, nothing is known, and all files are written anew.
 */
const changesBefore = async (
  context: Context,
  source: Source,
  series: Series,
): Promise<Result<readonly (Change & { readonly name: string })[]>> => {
  for (const each of [source, ...(await sourcesIn(join(context.cache, 'source')))]) {
    const applied = await applySeries(context, each, [series]);
    if (!applied.ok && applied.failure.kind === 'unbuildable') continue;
    if (!applied.ok) return applied;
    const { repository, patches } = applied.value;
    const own = patches.slice(-series.patches.length);
    const changes = own.map(async ({ commit }, index) => ({
      name: series.patches[index]?.name ?? '',
      ...(await changeOf(repository, commit)),
    }));
    return ok(await Promise.all(series.patches.length === 0 ? [] : changes));
  }
  return ok([]);
};

/** What a commit says and does. */
interface Change {
  /** Without the places of its hunks: they move with the patches below. */
  readonly change: string;
  readonly whole: string;
}

const changeOf = async (repository: string, commit: string): Promise<Change> => {
  const format = '--format=%an%n%ae%n%ad%n%B%x00';
  const shown = await git([
    ...['-C', repository, 'show', '--date=raw', format, '--patch', '--full-index', '--binary'],
    ...['--no-renames', '--no-ext-diff', commit],
  ]);
  // Which function a hunk is in git tells by attributes, which a bare repository has not; empty
  // lines at the end of a message git am takes away.
  const whole = shown.stdout
    .toString('latin1')
    .replace(/\n+\0/, '\0')
    .replaceAll(/^(@@ [^@]+ @@).*$/gm, '$1');
  const change = whole
    .replaceAll(/^@@ [^@]+ @@$/gm, '@@')
    .replaceAll(/^index [0-9a-f]+\.\.[0-9a-f]+/gm, 'index');
  return { change, whole };
};

/** The files of a series by name, in order: of before where `same` finds one, else of the commit. */
const filesOf = async (
  series: Series,
  directory: string,
  commits: readonly (Change & { readonly commit: string })[],
  same: (change: Change) => { readonly name: string } | undefined,
): Promise<Files> => {
  const files = new Map<string, Buffer>();
  for (const [index, { commit, ...change }] of commits.entries()) {
    const number = String(index + 1).padStart(4, '0');
    const found = same(change);
    if (found) {
      const name = found.name.replace(/^\d{4}-/, `${number}-`);
      files.set(name, await readFile(join(series.directory, found.name)));
      continue;
    }
    const title = text(await git(['-C', directory, 'log', '-1', '--format=%f', commit]));
    files.set(`${number}-${title.slice(0, 52)}.patch`, await patchOfCommit(directory, commit));
  }
  return files;
};

/** As the series of the repository are written. */
const patchOfCommit = async (directory: string, commit: string): Promise<Buffer> => {
  const options = [
    '--stdout',
    '-1',
    '--zero-commit',
    '--no-signature',
    '--no-numbered',
    '--binary',
  ];
  // As long as the kernel's own (Documentation/process/submitting-patches.rst).
  const abbreviated = ['-C', directory, '-c', 'core.abbrev=12'];
  return (await git([...abbreviated, 'format-patch', ...options, commit])).stdout;
};

type Files = ReadonlyMap<string, Buffer>;

/** A series, and the directory of its checkout. */
interface Pair {
  readonly series: Series;
  readonly directory: string;
}

/** Of several ways to write the files of a series the first whose patches make the tree of its checkout. */
const firstThatMakes = async (
  context: Context,
  source: Source,
  pair: Pair,
  ways: readonly (() => Promise<Files>)[],
): Promise<Files | undefined> => {
  for (const way of ways) {
    const files = await way();
    if (await makes(context, source, pair, files)) return files;
  }
  return undefined;
};

/** Whether patches make of the source the tree that the checkout has. */
const makes = async (
  context: Context,
  source: Source,
  { series, directory }: Pair,
  files: Files,
): Promise<boolean> => {
  const patches: Patch[] = [];
  for (const [name, bytes] of files) {
    const patch = await patchOf(name, join(series.directory, name), bytes);
    if (!patch) return false;
    patches.push(patch);
  }
  const applied = await applySeries(context, source, [{ ...series, patches }]);
  if (!applied.ok) return false;
  const { repository, commit } = applied.value;
  const [made, wanted] = await Promise.all([
    git(['-C', repository, 'rev-parse', `${commit}^{tree}`]),
    git(['-C', directory, 'rev-parse', 'HEAD^{tree}']),
  ]);
  return text(made) === text(wanted);
};

/** Writes the file `series` where its names are others; all are for -p1. Comments stay, at its top. */
const writeList = async ({ directory }: Series, names: readonly string[]): Promise<void> => {
  const file = join(directory, 'series');
  const before = await readFile(file, 'utf8').catch(() => '');
  const lines = before.split('\n');
  const there = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (there.join('\n') === names.join('\n')) return;
  const comments = lines.filter((line) => line.startsWith('#'));
  await writeFile(`${file}.new`, [...comments, ...names].map((line) => `${line}\n`).join(''));
  await rename(`${file}.new`, file);
};
