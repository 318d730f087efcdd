// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { git } from '../../base/process/git.ts';
import { ok, type Result } from '../../base/result.ts';
import type { Source } from '../../source/source.ts';
import { sourcesIn } from '../../source/stored.ts';
import { applySeries } from '../apply/apply.ts';
import type { Series } from '../series.ts';

/** What a commit says and does. */
export interface Change {
  readonly title: string;
  readonly message: string;
  /** It changes no file. */
  readonly isEmpty: boolean;
  /** Message and change, without the places of its hunks: they move with the patches below. */
  readonly change: string;
  readonly whole: string;
}

/** A patch of a series by the name of its file, and what it changes. */
export type NamedChange = Change & { readonly name: string };

/** What a commit of a repository changes. */
export const changeOf = async (repository: string, commit: string): Promise<Change> => {
  const format = '--format=%an%n%ae%n%ad%x00%B%x00';
  const shown = await git([
    ...['-C', repository, 'show', '--date=raw', format, '--patch', '--full-index', '--binary'],
    ...['--no-renames', '--no-ext-diff', commit],
  ]);
  const [who = '', said = '', ...rest] = shown.stdout.toString('latin1').split('\0');
  // Empty lines at the end of a message git am takes away; which function a hunk is in git tells
  // by attributes, which a bare repository has not.
  const message = said.trimEnd();
  const diff = rest.join('\0').replaceAll(/^(@@ [^@]+ @@).*$/gm, '$1');
  const head = `${who}\0${message}\0`;
  const elsewhere = diff
    .replaceAll(/^@@ [^@]+ @@$/gm, '@@')
    .replaceAll(/^index [0-9a-f]+\.\.[0-9a-f]+/gm, 'index');
  const title = Buffer.from(message.split('\n')[0] ?? '', 'latin1').toString('utf8');
  const isEmpty = diff.trim() === '';
  return { title, message, isEmpty, change: head + elsewhere, whole: head + diff };
};

/**
 * What each file of a series changes: on the source, or where it is rebased, on the one that it
 * was made for. undefined where that is gone.
 */
export const changesBefore = async (
  context: Context,
  source: Source,
  series: Series,
): Promise<Result<readonly NamedChange[] | undefined>> => {
  for (const each of [source, ...(await sourcesIn(join(context.cache, 'source')))]) {
    const applied = await applySeries(context, each, [series]);
    if (!applied.ok && applied.failure.kind === 'unbuildable') continue;
    if (!applied.ok) return applied;
    const { repository, patches } = applied.value;
    // Before them stand commits of a tree's own.
    const own = patches.slice(patches.length - series.patches.length);
    const changes = own.map(async ({ commit }, index) => ({
      name: series.patches[index]?.name ?? '',
      ...(await changeOf(repository, commit)),
    }));
    return ok(await Promise.all(changes));
  }
  return ok(undefined);
};
