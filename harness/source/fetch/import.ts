// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCH } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { git, text } from '../../base/process/git.ts';
import { run, type Ended } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Flavour } from '../pin.ts';

/** As git would write the files: the user's, by their umask. */
const OWN = ['--no-same-owner', '--no-same-permissions'];

/** Unpacks a tarball into an empty directory, its one top directory stripped. */
export const unpack = async (
  context: Context,
  tarball: string,
  directory: string,
): Promise<Result<void>> => {
  let files = 0;
  const ended = await run({
    argv: ['tar', '-xvf', tarball, '-C', directory, '--strip-components=1', ...OWN],
    signal: context.signal,
    onLine: (line, stream) => {
      if (stream === 'stdout' && ++files % 1000 === 0)
        context.emit({
          type: 'step',
          reason: 'progress',
          step: 'source',
          text: 'unpacking, files',
          done: files,
        });
    },
  });
  if (ended.code === 0) return ok(undefined);
  const said = ended.tail.filter((line) => /^(tar|xz|gzip):/.test(line));
  return fail('environment', `cannot unpack ${tarball}`, {
    detail: said.slice(-5).join('\n'),
    remedy: said.some((line) => line.includes('No space left'))
      ? 'free some space, or point KBT_CACHE at another disk'
      : 'the file is cut or damaged: remove it and run again',
  });
};

/**
 * A pack instead of 85,000 loose objects: a third of the time and a fifth of the space. -f,
 * because Debian's .gitignore ends with `/*`.
 */
const ADD = ['-c', 'core.bigFileThreshold=1', '-c', 'core.compression=1', 'add', '-f', '-A'];

/** What has half of a kernel's bytes; git compresses them beside the others. */
const LARGE = ['drivers'];

/**
 * Makes a directory's files the one commit of a bare repository, and its index that of the
 * directory.
 */
export const importDirectory = async (
  context: Context,
  directory: string,
  repository: string,
): Promise<Result<string>> => {
  const at = ['--git-dir', repository, '--work-tree', directory];
  const options = { signal: context.signal };
  const isNew = !existsSync(repository);
  const large = isNew ? LARGE.filter((name) => existsSync(join(directory, name))) : [];
  const others = large.map((name) => `:(exclude)${name}`);
  const env = { GIT_INDEX_FILE: `${repository}/large-index` };
  const refused = async (...commands: readonly Promise<Ended>[]) =>
    (await Promise.all(commands)).find(({ code }) => code !== 0);
  const inTree = { ...options, cwd: directory };
  const failed =
    (await refused(git(['init', '-q', '--bare', repository], inTree))) ??
    (await refused(
      git([...at, ...ADD, '.', ...others], inTree),
      ...(large.length > 0 ? [git([...at, ...ADD, ...large], { ...inTree, env })] : []),
    )) ??
    // It has all objects by now: they are only looked up.
    (large.length > 0 ? await refused(git([...at, 'add', '-f', '-A', '.'], inTree)) : undefined);
  if (failed)
    return fail('environment', 'cannot make a git tree of the source', {
      detail: failed.tail.slice(-5).join('\n'),
    });
  const tree = text(await git([...at, 'write-tree'], options));
  const commit = await git([...at, 'commit-tree', tree, '-m', 'The pinned source'], {
    ...options,
    env: { GIT_AUTHOR_NAME: 'kbt', GIT_AUTHOR_EMAIL: 'kbt@localhost', GIT_AUTHOR_DATE: '@0 +0000' },
  });
  if (commit.code !== 0)
    return fail('environment', 'cannot commit the source', {
      detail: commit.tail.slice(-5).join('\n'),
    });
  await git([...at, 'update-ref', 'refs/heads/source', text(commit)], options);
  return ok(text(commit));
};

/** VERSION.PATCHLEVEL.SUBLEVEL of a Makefile; undefined when it is not a kernel's. */
export const versionIn = (makefile: string): string | undefined => {
  const value = (name: string) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(makefile)?.[1];
  const parts = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map(value);
  return parts.includes(undefined) ? undefined : parts.join('.');
};

/** The file of a tree that tells its flavour. */
export const TELLS_FLAVOUR = ARCH.kernel.debian.file;

/** The flavour of a tree, by the text of {@link TELLS_FLAVOUR}. */
export const flavourIn = (kconfig: string): Flavour =>
  kconfig.split('\n').includes(`config ${ARCH.kernel.debian.option}`) ? 'debian' : 'vanilla';

export const versionOf = async (directory: string): Promise<string | undefined> =>
  versionIn(await readFile(join(directory, 'Makefile'), 'utf8').catch(() => ''));

export const flavourOf = async (directory: string): Promise<Flavour> =>
  flavourIn(await readFile(join(directory, TELLS_FLAVOUR), 'utf8').catch(() => ''));
