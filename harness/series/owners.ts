// SPDX-License-Identifier: MIT
import { git, text } from '../base/process/git.ts';
import type { Applied } from './apply.ts';

/** The lines of a series in the files of a tree: by file runs of lines and the patch that owns them. */
export type Owners = Readonly<Record<string, readonly Run[]>>;

/** First and last line, from 1, and the patch. */
export type Run = readonly [first: number, last: number, patch: string];

/** Only of these a stack names lines. */
const CODE = /\.[chS]$/;

/** Who owns the lines of the files that a series touches; the source's own are left out. */
export const ownersOf = async (applied: Applied, touched: Iterable<string>): Promise<Owners> => {
  const patches = new Map(applied.patches.map(({ commit, patch }) => [commit, patch]));
  const files = [...touched].filter((file) => CODE.test(file));
  const owners: Record<string, readonly Run[]> = {};
  const range = `${applied.base}..${applied.commit}`;
  const look = async (file: string): Promise<void> => {
    const at = ['--git-dir', applied.repository];
    const found = runsOf(text(await git([...at, 'blame', '-s', '-l', range, '--', file])), patches);
    if (found.length > 0) owners[file] = found;
  };
  // Edits of a tree may touch thousands of files: not a process for each at once.
  for (let first = 0; first < files.length; first += AT_ONCE)
    await Promise.all(files.slice(first, first + AT_ONCE).map(look));
  return owners;
};

const AT_ONCE = 16;

/** Of git blame's lines, `COMMIT [FILE] LINE) …`; those of the base begin with `^`. */
const runsOf = (blame: string, patches: ReadonlyMap<string, string>): readonly Run[] => {
  const runs: [number, number, string][] = [];
  for (const [index, line] of blame.split('\n').entries()) {
    const patch = patches.get(line.slice(0, 40));
    if (patch === undefined) continue;
    const last = runs.at(-1);
    if (last?.[1] === index && last[2] === patch) last[1] = index + 1;
    else runs.push([index + 1, index + 1, patch]);
  }
  return runs;
};

/** The patch that owns a line; undefined when it is the source's own. */
export const ownerAt = (owners: Owners, file: string, line: number): string | undefined =>
  owners[file]?.find(([first, last]) => first <= line && line <= last)?.[2];
