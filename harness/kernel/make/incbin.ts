// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../../base/context.ts';
import { git } from '../../base/process/git.ts';

/*
 * ccache in its depend mode takes a file for the same while what its #include lines read is the
 * same (ccache(1)). What the assembler reads by .incbin, the code of real mode in rmpiggy.S,
 * say, it does not see; in its other modes it passes such files over.
 */

/**
 * Compiles through ccache: a file that says .incbin itself without it, and one that includes
 * another C or assembly file, which may say it, without depend mode.
 */
const COMPILER = `#!/bin/sh
# SPDX-License-Identifier: MIT
for word; do
	case $word in
	*.[cS])
		# One look for both: most files have neither.
		if grep -qs -e incbin -e 'include.*\\.[cS][">]' -- "$word"; then
			if grep -qs incbin -- "$word"; then exec "$@"; fi
			unset CCACHE_DEPEND
		fi
		;;
	esac
done
exec ccache "$@"
`;

/** The command that stands before the compiler's name; it is called the same for all builds of a cache. */
export const compilerLauncher = async ({ cache }: Context): Promise<string> => {
  const file = join(cache, 'ccache', 'kbt-cc');
  if ((await readFile(file, 'utf8').catch(() => undefined)) === COMPILER) return file;
  await mkdir(join(cache, 'ccache'), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, COMPILER, { mode: 0o755 });
  await rename(fresh, file);
  return file;
};

const HEADERS = ['*.h', '*.inc'];

const REMEMBERED = z.object({ commit: z.string(), headers: z.array(z.string()) });
type Remembered = z.infer<typeof REMEMBERED>;

/**
 * Whether a header of a commit says .incbin, or nobody can tell: then depend mode is off. What
 * was found is remembered in a file, so that from one commit to the next only changed headers
 * are read.
 */
export const mayHideIncbin = async (
  { repository, commit }: { readonly repository: string; readonly commit: string },
  file: string,
): Promise<boolean> => {
  const at = ['--git-dir', repository];
  const before = await remembered(file);
  if (before?.commit === commit) return before.headers.length > 0;
  const range = before ? ['--name-only', '--no-renames', '-z', before.commit, commit] : [];
  const diff = before && (await git([...at, 'diff', ...range, '--', ...HEADERS]));
  const differ = diff?.code === 0 ? namesIn(diff.stdout) : undefined;
  // More names than that do not fit into a command line.
  const changed = differ && differ.length <= 1000 ? differ : undefined;
  const known = changed && before;
  const paths = changed?.map((name) => `:(literal)${name}`) ?? HEADERS;
  const found =
    paths.length > 0
      ? await git([...at, 'grep', '-lzF', '-e', 'incbin', commit, '--', ...paths])
      : undefined;
  // 1: there is none (git-grep(1)); else it could not look.
  if (found && found.code !== 0 && found.code !== 1) return true;
  const headers = [
    ...(known?.headers ?? []).filter((name) => changed?.includes(name) === false),
    ...(found ? namesIn(found.stdout).map((name) => name.slice(commit.length + 1)) : []),
  ];
  await writeFile(file, JSON.stringify({ commit, headers }));
  return headers.length > 0;
};

const namesIn = (list: Buffer): readonly string[] =>
  list
    .toString()
    .split('\0')
    .filter((name) => name !== '');

const remembered = async (file: string): Promise<Remembered | undefined> => {
  try {
    return REMEMBERED.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};
