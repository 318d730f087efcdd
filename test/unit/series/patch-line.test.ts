// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownerAt, ownersOf } from '../../../harness/series/owners.ts';
import { patchLineOf } from '../../../harness/series/patch/patch-line.ts';

const COMMITS = 8;

/** A generator of numbers below a bound that is the same each time. */
const numbers = (seed: number) => {
  let state = seed;
  return (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % bound;
  };
};

test.for([1, 2, 3, 4])('the line of a patch is where git blame says, edits %i', async (seed) => {
  const directory = mkdtempSync(join(tmpdir(), 'kbt-blame-'));
  try {
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
        cwd: directory,
        encoding: 'utf8',
      });
    const below = numbers(seed);
    const file = join(directory, 'f.c');
    let lines = Array.from({ length: 60 }, (_, n) => `line ${n} of the source`);
    const commit = (subject: string): void => {
      writeFileSync(file, `${lines.join('\n')}\n`);
      git('add', '-A');
      git('commit', '-qm', subject);
    };
    git('init', '-q');
    commit('base');
    for (let n = 1; n <= COMMITS; n += 1) {
      for (let edits = 0; edits < 3; edits += 1) {
        const at = below(lines.length);
        const added = Array.from({ length: below(4) }, () => `added by ${n}, ${below(1e6)}`);
        lines = lines.toSpliced(at, below(3), ...added);
      }
      lines = [...lines, `the last of ${n}`];
      commit(`step ${n}`);
    }
    git('format-patch', '-q', '-o', 'out', `-${COMMITS}`);
    const patches = readdirSync(join(directory, 'out'))
      .sort()
      .map((name) => ({ name, text: readFileSync(join(directory, 'out', name), 'utf8') }));
    const commits = git('rev-list', '--reverse', 'HEAD').trim().split('\n');
    const blamed = git('blame', '-s', '-l', '--root', 'f.c').trimEnd().split('\n');
    for (const [index, text] of lines.entries()) {
      const owner = commits.indexOf(blamed[index]?.slice(0, 40) ?? '');
      const found = patchLineOf(patches, 'f.c', index + 1);
      if (owner === 0) expect(found).toBeUndefined();
      else {
        expect(found?.patch).toBe(patches[owner - 1]?.name);
        const line = patches[owner - 1]?.text.split('\n')[(found?.line ?? 0) - 1];
        expect(line).toBe(`+${text}`);
      }
    }
    expect(patchLineOf(patches, 'other.c', 1)).toBeUndefined();

    // The file moves, another comes in its place, and both are edited.
    git('mv', 'f.c', 'moved.c');
    writeFileSync(file, 'new\n');
    git('add', '-A');
    git('commit', '-qm', 'move');
    for (const name of ['f.c', 'moved.c'])
      writeFileSync(join(directory, name), `first\n${readFileSync(join(directory, name), 'utf8')}`);
    git('commit', '-qam', 'edit both');
    const all = git('rev-list', '--reverse', 'HEAD').trim().split('\n');
    const owners = await ownersOf({
      repository: join(directory, '.git'),
      base: all[0] ?? '',
      commit: all.at(-1) ?? '',
      patches: all.slice(1).map((id) => ({ commit: id, patch: id })),
      touched: new Set(),
    });
    for (const name of ['f.c', 'moved.c'])
      for (const [index, line] of git('blame', '-s', '-l', '--root', name).split('\n').entries()) {
        const id = line.slice(0, 40);
        expect(ownerAt(owners, name, index + 1)).toBe(all.indexOf(id) > 0 ? id : undefined);
      }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
