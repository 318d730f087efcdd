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

/** Compiles a file that says .incbin itself without ccache, and all others through it. */
const COMPILER = `#!/bin/sh
# SPDX-License-Identifier: MIT
for word; do
	case $word in
	*.[cS]) grep -qs incbin -- "$word" && exec "$@" ;;
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
 * The headers of a commit that say .incbin: whatever includes them is compiled without depend
 * mode. Remembered in a file, so that from one commit to the next only changed ones are read.
 */
export const headersWithIncbin = async (
  { repository, commit }: { readonly repository: string; readonly commit: string },
  file: string,
): Promise<readonly string[]> => {
  const at = ['--git-dir', repository];
  const before = await remembered(file);
  if (before?.commit === commit) return before.headers;
  const range = before ? ['--name-only', '--no-renames', '-z', before.commit, commit] : [];
  const diff = before && (await git([...at, 'diff', ...range, '--', ...HEADERS]));
  const known = diff?.code === 0 ? before : undefined;
  const changed = known && diff ? namesIn(diff.stdout) : undefined;
  const paths = changed?.map((name) => `:(literal)${name}`) ?? HEADERS;
  const found =
    paths.length > 0
      ? await git([...at, 'grep', '-lzF', '-e', 'incbin', commit, '--', ...paths])
      : undefined;
  const headers = [
    ...(known?.headers ?? []).filter((name) => changed?.includes(name) === false),
    ...(found ? namesIn(found.stdout).map((name) => name.slice(commit.length + 1)) : []),
  ];
  await writeFile(file, JSON.stringify({ commit, headers }));
  return headers;
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
