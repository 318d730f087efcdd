// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { git } from '../../base/process/git.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import type { Fragments } from '../../kconfig/configure.ts';
import type { Tree } from '../../series/tree.ts';
import { writing } from '../../source/tree/alternates.ts';

/**
 * What a build directory remembers from one make to the next, so that a
 * warning cannot get lost because its file was compiled in an earlier make.
 */
const BUILD_STATE = z.object({
  /** `making` is what a killed run leaves behind. */
  status: z.enum(['making', 'made']),
  /** The fragments that .config was made of; undefined before the first. */
  fragments: z.string().optional(),
  /** The commit that .config was made for. */
  commit: z.string().optional(),
  /** Its base, and what headersOfBase() gives for that. */
  base: z.exactOptional(z.object({ commit: z.string(), headers: z.string() })),
  /** What compiled it; see Toolchain. */
  programs: z.exactOptional(z.string()),
  /** The headers added to the base that no object was compiled without; see shadowed.ts. */
  added: z.exactOptional(z.array(z.string())),
  /** Files whose warnings were looked for in the last make; none of a time before that was noted. */
  watched: z.exactOptional(z.array(z.string())),
  /** Files that warned when they were last compiled. */
  warned: z.array(z.string()),
  /** Compile steps of the fullest make so far, to tell how far one is. */
  steps: z.number(),
});
export type BuildState = ReadOnly<z.infer<typeof BUILD_STATE>>;

export const NOTHING: BuildState = {
  status: 'made',
  fragments: undefined,
  commit: undefined,
  warned: [],
  steps: 0,
};

/** What .config is made of, as the build's state remembers it. */
export const keyOf = ({ start, text, mayBeLost = {} }: Fragments): string =>
  [
    ...(start === undefined ? [] : [`${start}\n# then\n`]),
    text,
    ...Object.keys(mayBeLost).map((name) => `# ${name} may be lost\n`),
  ].join('');

const fileOf = (build: string): string => join(build, 'kbt-state.json');

/** What is remembered of a build directory. One whose state cannot be read was left by a killed run. */
export const readState = async (build: string): Promise<BuildState> => {
  if (!existsSync(fileOf(build))) return NOTHING;
  const text = await readFile(fileOf(build), 'utf8');
  try {
    return BUILD_STATE.safeParse(JSON.parse(text)).data ?? { ...NOTHING, status: 'making' };
  } catch {
    return { ...NOTHING, status: 'making' };
  }
};

export const writeState = async (build: string, state: BuildState): Promise<void> => {
  await writeFile(`${fileOf(build)}.new`, JSON.stringify(state));
  await rename(`${fileOf(build)}.new`, fileOf(build));
};

/**
 * Makes these files of a checkout newer than what was built of them, so that make compiles
 * them again, or gives each the time that `timeOf` has for it; passes over files that are not
 * there. Git is told of the new times: otherwise the next checkout would write each file again,
 * and make would compile it once more.
 */
export const touch = async (
  { directory, repository }: Pick<Tree, 'directory' | 'repository'>,
  files: Iterable<string>,
  timeOf?: (file: string) => Promise<Date | undefined>,
): Promise<void> => {
  const now = new Date();
  const touched: string[] = [];
  for (const file of files)
    await renew(join(directory, file), (await timeOf?.(file)) ?? now).then(
      () => touched.push(file),
      () => undefined,
    );
  if (touched.length === 0) return;
  // Git writes the blobs anew, which must set no time in a repository of the user's.
  const env = writing(repository);
  await git(['update-index', '-z', '--stdin'], { cwd: directory, stdin: touched.join('\0'), env });
};

/** Sets the time of a file. One that other trees share becomes a file of its own before. */
const renew = async (file: string, time: Date): Promise<void> => {
  if ((await stat(file)).nlink > 1) {
    await copyFile(file, `${file}.kbt`);
    await rename(`${file}.kbt`, file);
  }
  await utimes(file, time, time);
};
