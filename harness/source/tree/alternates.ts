// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';

/** What a repository of ours sees of one of the user's. */
export interface Alternate {
  /** Its object store, which may have alternates of its own. */
  readonly objects: string;
  /** The file that says where a shallow clone ends; it need not be there. */
  readonly shallow: string;
  /** What the user has git ignore besides what .gitignore files say. */
  readonly ignored: string;
}

/**
 * The object store, inside a repository with an alternate, that new objects go to. It has no
 * alternate itself: where git finds an object that it is to write in an alternate, it sets the
 * time of that file (freshening), which would be a write to the user's repository.
 */
const WRITTEN = 'written';

/** The environment for git commands that write objects; what they read must be in the same store. */
export const writing = (repository: string): Readonly<Record<string, string>> =>
  hasAlternates(repository) ? { GIT_OBJECT_DIRECTORY: join(repository, WRITTEN) } : {};

/** Whether a repository takes objects from one that is not ours. */
export const hasAlternates = (repository: string): boolean => existsSync(join(repository, WRITTEN));

/**
 * Makes a bare repository with an alternate, or gives one that is there the alternate; under the
 * lock of the sources. Fails with `environment`.
 */
export const setAlternate = async (
  repository: string,
  alternate: Alternate,
): Promise<Result<void>> => {
  const made = await git(['init', '-q', '--bare', repository]);
  if (made.code !== 0)
    return fail('environment', 'cannot make a repository in the cache', {
      where: repository,
      detail: made.tail.slice(-5).join('\n'),
    });
  const written = join(repository, WRITTEN);
  await mkdir(written, { recursive: true });
  await mkdir(join(repository, 'info'), { recursive: true });
  // What we wrote hangs together through objects that are not ours: no gc of it.
  await git(['--git-dir', repository, 'config', 'gc.auto', '0']);
  const alternates = join(repository, 'objects', 'info', 'alternates');
  await replace(alternates, `${written}\n${alternate.objects}\n`);
  await replace(join(repository, 'info', 'exclude'), alternate.ignored);
  const shallow = join(repository, 'shallow');
  if (existsSync(alternate.shallow)) await copyFile(alternate.shallow, shallow);
  else await rm(shallow, { force: true });
  return ok(undefined);
};

/** A git that reads meanwhile must not see half of it. */
const replace = async (file: string, text: string): Promise<void> => {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
};
