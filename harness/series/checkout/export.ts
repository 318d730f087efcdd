// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import type { Series } from '../series.ts';
import { commitsOf, untracked } from './branch.ts';
import { changeOf, changesBefore, type Change, type NamedChange } from './changes.ts';
import { isNumber, writeList } from './list.ts';
import { firstThatMakes, type Files, type PatchFile } from './makes.ts';
import { remember } from './remembered.ts';

/** What an export did to the files of a series. */
export interface Exported {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: number;
}

type Commit = Change & { readonly commit: string };

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
  const found = await commitsOf(directory, source, series.name);
  if (!found.ok) return found;
  const before = await changesBefore(context, source, series);
  if (!before.ok) return before;
  const after: readonly Commit[] = await Promise.all(
    found.value.map(async (commit) => ({ commit, ...(await changeOf(directory, commit)) })),
  );
  const right = arePatches(after, directory);
  if (!right.ok) return right;
  const left = await untracked(directory);
  if (left.length > 0)
    context.emit({ type: 'warning', text: `no commit has these files: ${left.join(', ')}` });
  const old = before.value ?? [];
  const write = (same: (own: Commit, one: NamedChange) => boolean) => (): Promise<Files> =>
    filesOf(series, directory, matched(after, old, same));
  // Where a patch stands among others may decide whether a file of before still fits.
  const files = await firstThatMakes(context, source, { series, directory }, [
    write((own, one) => one.change === own.change),
    write((own, one) => one.whole === own.whole),
    write(() => false),
  ]);
  if (!files)
    return fail('environment', 'the patches of the commits do not make the tree of the checkout', {
      where: directory,
      remedy: 'nothing was written: report this, with the commits',
    });
  const written: string[] = [];
  let unchanged = 0;
  for (const [name, { bytes }] of files) {
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
  const listed = [...files].map(([name, { strip }]) => ({ name, strip }));
  if (await writeList(series, listed)) written.push('series');
  const removed = series.patches.map(({ name }) => name).filter((name) => !files.has(name));
  for (const name of removed) await rm(join(series.directory, name), { force: true });
  await remember(context, series, { directory, commit: found.value.at(-1) ?? source.commit });
  return ok({ written, removed, unchanged });
};

/** Fails with `usage` at a commit that no patch can be made of. */
const arePatches = (commits: readonly Commit[], where: string): Result<void> => {
  for (const { commit, title, message, isEmpty } of commits) {
    const name = `${commit.slice(0, 12)} (${title})`;
    if (isEmpty)
      return fail('usage', `the commit ${name} changes no file`, {
        where,
        remedy: 'drop it: git rebase -i kbt-base',
      });
    // There git am would begin to read the patch (patchbreak() of git's mailinfo.c).
    if (/^(?:diff -|Index: |---(?:$| ))/m.test(message))
      return fail('usage', `the message of the commit ${name} has a line that begins a diff`, {
        where,
        remedy: 'indent it: git rebase -i kbt-base, reword',
      });
  }
  return ok(undefined);
};

/** A commit, and the patch of before that it is. */
interface Matched {
  readonly own: Commit;
  readonly file: NamedChange | undefined;
}

/** Finds the patch of before for each commit; none is taken twice. */
const matched = (
  commits: readonly Commit[],
  before: readonly NamedChange[],
  same: (own: Commit, one: NamedChange) => boolean,
): readonly Matched[] => {
  const free = [...before];
  return commits.map((own) => {
    const at = free.findIndex((one) => same(own, one));
    return { own, file: at < 0 ? undefined : free.splice(at, 1)[0] };
  });
};

/** The files of a series by name, in order: of before where there was one, else of the commit. */
const filesOf = async (
  series: Series,
  directory: string,
  commits: readonly Matched[],
): Promise<Files> => {
  const old = series.patches.map(({ name }) => name);
  const isSame =
    commits.length === old.length && commits.every(({ file }, at) => file?.name === old[at]);
  const isCounted = !isSame && old.every((name, at) => isNumber(name, at + 1));
  const files = new Map<string, PatchFile>();
  for (const [index, { own, file }] of commits.entries()) {
    const number = `${String(index + 1).padStart(4, '0')}-`;
    if (file) {
      const name = isCounted ? file.name.replace(/^\d{4}-/, number) : file.name;
      const strip = series.patches.find((patch) => patch.name === file.name)?.strip ?? 1;
      files.set(name, { bytes: await readFile(join(series.directory, file.name)), strip });
      continue;
    }
    const slug = text(await git(['-C', directory, 'log', '-1', '--format=%f', own.commit]));
    const name = `${isCounted ? number : ''}${slug.slice(0, 52)}`;
    const taken =
      files.has(`${name}.patch`) ||
      (!isCounted && old.includes(`${name}.patch`)) ||
      isForeign(series, `${name}.patch`);
    files.set(`${taken ? `${name}-${index + 1}` : name}.patch`, {
      bytes: await patchOfCommit(directory, own.commit),
      strip: 1,
    });
  }
  return files;
};

/** Whether a file lies beside the patches of a series and is none of them. */
const isForeign = ({ directory, patches }: Series, file: string): boolean =>
  existsSync(join(directory, file)) && !patches.some(({ name }) => name === file);

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
