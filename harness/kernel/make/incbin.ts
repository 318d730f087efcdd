// SPDX-License-Identifier: MIT
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import type { Tree } from '../../series/tree.ts';
import { filesThatSay } from './files-that-say.ts';

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

/** Whether a header of a tree says .incbin, or nobody can tell: then depend mode is off. */
export const mayHideIncbin = async (
  tree: Pick<Tree, 'repository' | 'commit' | 'directory'>,
): Promise<boolean> => {
  const memory = `${tree.directory}.incbin.json`;
  const found = await filesThatSay(tree, { word: 'incbin', names: ['*.h', '*.inc'], memory });
  return found === undefined || found.length > 0;
};
