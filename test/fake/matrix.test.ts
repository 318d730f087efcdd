// SPDX-License-Identifier: MIT
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { newFileDiff } from '../../harness/series/files/generated.ts';
import { test, type Fake } from '../support/fake.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { parseTap } from '../support/tap.ts';

const patchOf = (file: string, text: string): string =>
  `From: A Tester <tester@example.com>\nSubject: [PATCH] one\n\n---\n${newFileDiff(file, Buffer.from(text))}`;

const GOOD = '// SPDX-License-Identifier: GPL-2.0-only\nint one;\n';
const SERIES = { builds: GOOD, broken: 'int one = not_there;\n', other: `${GOOD}int two;\n` };

/** A project of three series, one of which does not compile; no kernel here ever comes up. */
const project = async ({ directory, tree, env }: Fake) => {
  const home = join(directory, 'project');
  for (const [name, text] of Object.entries(SERIES)) {
    const series = join(home, 'kernel-patches', name);
    await mkdir(series, { recursive: true });
    await writeFile(join(series, 'series'), '0001-one.patch\n');
    await writeFile(join(series, '0001-one.patch'), patchOf(`kernel/${name}.c`, text));
  }
  await mkdir(join(home, 'guest', 'programs', 'builds'), { recursive: true });
  await cp(
    join(ROOT, 'test', 'fake', 'programs', 'quiet.c'),
    join(home, 'guest', 'programs', 'builds', 'own.c'),
  );
  await writeFile(join(home, 'kernel-patches', 'matrix.yaml'), 'plain: {}\nsmall: { cpus: 1 }\n');
  const matrix = (...args: readonly string[]) =>
    kbt(['matrix', '--accel', 'tcg', '--source', tree, ...args], env, home);
  const command = (...args: readonly string[]) => kbt(args, env, home);
  return { home, matrix, command };
};

const CELLS = ['broken', 'builds', 'other'].flatMap((name) => [`${name}/plain`, `${name}/small`]);

test('a series that does not build stops no other, and is in every form of the result', async ({
  fake,
}) => {
  const { home, matrix } = await project(fake);
  const junit = join(home, 'all.xml');
  const { code, stdout, stderr } = await matrix('--junit', junit, '--to', join(home, 'whole'));
  // A build that fails outweighs kernels that do not come up.
  expect(code, stderr).toBe(2);
  const { points, faults } = parseTap(stdout);
  expect(faults).toEqual([]);
  expect(points.map(({ name, ok }) => [name, ok])).toEqual(CELLS.map((name) => [name, false]));
  const xml = await readFile(junit, 'utf8');
  for (const cell of CELLS) expect(xml).toContain(`package="${cell}"`);
  expect(xml).toContain('the kernel does not build');
  expect(stderr).toContain('panic');
});

test('shards of a matrix are put together, and what is missing or twice there is refused', async ({
  fake,
}) => {
  const { home, matrix, command } = await project(fake);
  const shards = ['one', 'two', 'three'].map((name) => join(home, name));
  for (const [index, to] of shards.entries())
    expect((await matrix('--shard', `${index + 1}/3`, '--to', to)).code).toBeGreaterThan(0);
  const merged = await command('merge', ...shards);
  expect(merged.code, merged.stderr).toBe(2);
  expect(parseTap(merged.stdout).points.map(({ name }) => name)).toEqual(CELLS);

  const [first = '', second = ''] = shards;
  const missing = await command('merge', first, second);
  expect([missing.code, missing.stderr]).toEqual([64, expect.stringContaining('missing: ')]);
  const twice = await command('merge', ...shards, first);
  expect([twice.code, twice.stderr]).toEqual([64, expect.stringContaining('there twice: ')]);
  // A shard of another night, or told otherwise, is none of this one's, whatever its cells are called.
  for (const more of [
    ['--id', 'another'],
    ['--cpus', '1'],
    ['--env', 'A=b'],
  ]) {
    await rm(second, { recursive: true });
    const other = await matrix('--shard', '2/3', '--to', second, ...more);
    expect(other.code, other.stderr).toBeLessThan(3);
    const strange = await command('merge', ...shards);
    expect([strange.code, strange.stderr]).toEqual([
      64,
      expect.stringContaining('they were told other options'),
    ]);
  }
  const full = await matrix('--shard', '2/3', '--to', second);
  expect([full.code, full.stderr]).toEqual([64, expect.stringContaining('is not empty')]);
  // One that was killed before its end left no result of a cell.
  const { cells } = JSON.parse(await readFile(join(first, 'matrix.json'), 'utf8')) as {
    readonly cells: readonly string[];
  };
  await rm(join(first, cells[0] ?? '', 'result.json'));
  const cut = await command('merge', ...shards);
  expect([cut.code, cut.stderr]).toEqual([64, expect.stringContaining('came to no end')]);
});

test('a series that cannot be read is a cell that did not run, and stops no other', async ({
  fake,
}) => {
  const { home, matrix } = await project(fake);
  await writeFile(join(home, 'kernel-patches', 'other', 'series'), '');
  const { code, stdout, stderr } = await matrix('plain', '--junit', join(home, 'junit.xml'));
  expect(code, stderr).toBe(2);
  expect(parseTap(stdout).points.map(({ name }) => name)).toEqual([
    'broken/plain',
    'builds/plain',
    'other/plain',
  ]);
  expect(await readFile(join(home, 'junit.xml'), 'utf8')).toContain('the series other is empty');
});

test('what a person got wrong is told before anything runs', async ({ fake }) => {
  const { home, matrix } = await project(fake);
  const refused = async (says: string, ...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await matrix(...args);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('kernel 0');
    expect(code).toBeGreaterThan(1);
  };
  await refused('the matrix has no row nobody', 'nobody');
  // A shard for which no cell is left is not wrong, and no success.
  const idle = await matrix('plain', '--series', 'builds', '--shard', '2/2');
  expect([idle.code, parseTap(idle.stdout).points]).toEqual([1, []]);
  await refused('there is no series nobody', '--series', 'nobody');
  await refused('no program is called so', '--tests', 'nobody');
  await refused('run of the series below kernel-patches/', '--series-dir', home);
  await writeFile(join(home, 'kernel-patches', 'matrix.yaml'), 'plain: {}\nsmall: { cpus: no }\n');
  await refused('matrix.yaml:2:16');
  const rows = join(home, 'kernel-patches', 'matrix.yaml');
  await writeFile(rows, 'plain: {}\nodd: { variant: [kasan, kasn] }\n');
  await refused('matrix.yaml:2:25');
});
