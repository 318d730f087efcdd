// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { git } from '../../base/process/git.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Patch } from '../patch/patch.ts';
import type { Series } from '../series.ts';

/** A patch some of whose new files are copies of files of this repository. */
export interface GeneratedPatch {
  readonly patch: Patch;
  /** The patch as the sources want it. */
  readonly text: string;
  /** The files that it has otherwise, or lacks, or has too many; empty when it is current. */
  readonly stale: readonly string[];
}

/**
 * The file `generated` of a series: a line is a directory of the kernel tree,
 * then the files of this repository that it holds copies of; `*` stands for any
 * part of a name. The patch that adds a Makefile there adds the copies.
 */
export const generatedPatches = async (
  root: string,
  series: Series,
): Promise<Result<readonly GeneratedPatch[]>> => {
  const file = join(series.directory, 'generated');
  const lines = existsSync(file) ? (await readFile(file, 'utf8')).split('\n') : [];
  const found: GeneratedPatch[] = [];
  for (const [index, line] of lines.entries()) {
    const [destination, ...globs] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (destination === undefined || destination === '') continue;
    const where = `${file}:${index + 1}`;
    const patch = series.patches.find((p) =>
      fileDiffs(p.diff.toString()).some((diff) => diff.file === `${destination}/Makefile`),
    );
    if (!patch)
      return fail('unbuildable', `no patch of ${series.name} adds ${destination}/Makefile`, {
        where,
      });
    if (found.some((other) => other.patch === patch))
      return fail('unbuildable', `${patch.name} holds copies for another line already`, { where });
    const also = series.patches.find(
      (p) =>
        p !== patch && fileDiffs(p.diff.toString()).some((diff) => isCopy(diff.file, destination)),
    );
    if (also)
      return fail('unbuildable', `${also.name} changes what ${patch.name} has copies of`, {
        where,
      });
    const sources: string[] = [];
    for (const glob of globs) {
      const matched = await expand(root, glob);
      if (matched.length === 0) return fail('unbuildable', `no file is called ${glob}`, { where });
      sources.push(...matched);
    }
    const copies = new Map<string, Buffer>();
    for (const source of sources)
      copies.set(`${destination}/${basename(source)}`, await readFile(source));
    found.push(await renew(patch, destination, copies));
  }
  return ok(found);
};

const expand = async (root: string, glob: string): Promise<readonly string[]> => {
  const home = join(root, dirname(glob));
  const parts = basename(glob)
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${parts.join('.*')}$`);
  const names = await readdir(home).catch(() => []);
  return names
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(home, name));
};

interface FileDiff {
  readonly file: string;
  readonly text: string;
}

/** The part of a patch for each file, in order. */
const fileDiffs = (patch: string): readonly FileDiff[] =>
  patch
    .split(/^(?=diff --git )/m)
    .slice(1)
    .map((text) => ({ file: /^diff --git a\/\S+ b\/(\S+)$/m.exec(text)?.[1] ?? '', text }));

/** Copies are the C files and headers of the directory; all else in it is the patch's own. */
const isCopy = (file: string, destination: string): boolean =>
  dirname(file) === destination && /\.[ch]$/.test(file);

const renew = async (
  patch: Patch,
  destination: string,
  copies: ReadonlyMap<string, Buffer>,
): Promise<GeneratedPatch> => {
  const old = patch.mail.toString();
  const diffs = fileDiffs(old);
  const wanted = new Map([...copies].map(([file, data]) => [file, newFileDiff(file, data)]));
  const before = new Map(
    diffs.filter((d) => isCopy(d.file, destination)).map((d) => [d.file, d.text]),
  );
  const stale = [...new Set([...wanted.keys(), ...before.keys()])].filter(
    (file) => wanted.get(file) !== before.get(file),
  );
  if (stale.length === 0) return { patch, text: old, stale };
  const all = [
    ...diffs.filter((d) => !isCopy(d.file, destination)),
    ...[...wanted].map(([file, text]) => ({ file, text })),
  ].sort((a, b) => (a.file < b.file ? -1 : 1));
  const body = all.map((diff) => diff.text).join('');
  const message = old.slice(0, old.search(/^---$/m));
  const stat = await git(['apply', '--stat', '--summary', '-'], { stdin: body });
  return { patch, text: `${message}---\n${stat.stdout.toString()}\n${body}`, stale };
};

/** The diff that adds a text file, as git writes it. */
export const newFileDiff = (file: string, data: Buffer): string => {
  const blob = createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
  const lines = data.toString().split('\n');
  const complete = lines.at(-1) === '';
  if (complete) lines.pop();
  return [
    `diff --git a/${file} b/${file}`,
    'new file mode 100644',
    `index 000000000000..${blob.slice(0, 12)}`,
    '--- /dev/null',
    `+++ b/${file}`,
    `@@ -0,0 +1${lines.length === 1 ? '' : `,${lines.length}`} @@`,
    ...lines.map((line) => `+${line}`),
    ...(complete ? [] : ['\\ No newline at end of file']),
    '',
  ].join('\n');
};
