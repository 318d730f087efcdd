// SPDX-License-Identifier: MIT
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cacheDirectory } from '../../harness/base/context.ts';
import type { Coverage } from '../../harness/measure/coverage/coverage.ts';
import { kbt, ROOT } from '../support/kbt.ts';
import { readTold } from '../support/told.ts';

const COUNTED = join(ROOT, 'test', 'boot', 'counted');
const FILE = 'fs/proc/kbt_counted.c';

/** Coverage of the series in counted/ by some of its programs. */
const cover = async (names: readonly string[], ...args: readonly string[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-cover-'));
  const json = join(directory, 'coverage.json');
  const about = ['--series-dir', join(COUNTED, 'series'), '--test-dir', join(COUNTED, 'programs')];
  const tests = names.flatMap((name) => ['--tests', name]);
  const ran = await kbt(['coverage', ...about, ...tests, '--json', json, ...args]);
  const told = await readTold(json);
  await rm(directory, { recursive: true, force: true });
  if (told === undefined) throw new Error(`no result:\n${ran.stderr}`);
  const home = /^see (\S+)$/m.exec(ran.stderr)?.[1] ?? '';
  return { ...ran, home, result: told as Coverage };
};

/** How often the one line ran that holds a text. */
const countOf = ({ files }: Coverage, text: string): number | undefined => {
  const lines = files.flatMap((file) => file.lines).filter((line) => line.text.includes(text));
  expect(lines, text).toHaveLength(1);
  return lines[0]?.count;
};

test('what ran is what was counted by hand, and what gcov makes of the kernel’s own counts', async () => {
  const { result, code, stderr, stdout, home } = await cover(['a_*', 'b_*', 'c_*']);
  expect(code, stderr).toBe(0);
  const counts = {
    'kbt_bump(1);': 2,
    'kbt_bump(2);': 1,
    'kbt_total += by;': 3,
    'kbt_bump(kbt_never(3));': 0,
    'return value + 1;': 0,
    'kbt_bump(4);': 0,
    // Before the first program.
    'proc_create(': 1,
  };
  for (const [text, count] of Object.entries(counts))
    expect(countOf(result, text), text).toBe(count);
  const [first, second] = result.patches;
  expect(first?.name).toBe('series/0001-proc-Add-proc-kbt_counted.patch');
  expect([second?.lines, second?.run]).toEqual([8, 0]);
  const alone = result.programs.map(({ name, only }) => [name, only.map((l) => l.text.trim())]);
  expect(alone).toEqual([
    ['a_one', ["case '1':", 'kbt_bump(1);', 'break;']],
    ['b_two', ["case '2':", 'kbt_bump(2);', 'break;']],
    ['c_tell', []],
  ]);
  expect(stdout).toMatch(/^ok \d+ - added lines ran$/m);

  const told = await linesByKernel(join(home, 'c_tell.out'));
  const ours = result.files.find(({ file }) => file === FILE)?.lines ?? [];
  const counted = ours.flatMap(({ count }, index) =>
    count === undefined ? [] : [[index + 1, count]],
  );
  expect(counted).toEqual(told);
});

test('what a program ran before its kernel panicked counts, and is no pass', async () => {
  const { result, code, stderr } = await cover(['a_*', 'd_*'], '--min', '90');
  expect(result.outcomes.map(({ outcome }) => outcome)).toEqual(['pass', 'kernel-report']);
  expect(countOf(result, 'kbt_bump(4);')).toBe(1);
  expect(countOf(result, 'panic(')).toBe(1);
  expect(result.lost).toEqual([]);
  expect(stderr).toMatch(/^kernel-report: d_panic: .*planted/m);
  expect(code).toBe(1);
});

/** The lines of the file and their counts, by gcov, of what the kernel wrote itself. */
const linesByKernel = async (output: string): Promise<readonly (readonly number[])[]> => {
  const told = /^# gcda (\S+)$/m.exec(await readFile(output, 'utf8'))?.[1] ?? '';
  const gcda = Buffer.from(told, 'base64');
  const scratch = await mkdtemp(join(tmpdir(), 'kbt-gcov-'));
  try {
    await writeFile(join(scratch, 'kbt_counted.gcda'), gcda);
    await copyFile(await notesFor(gcda), join(scratch, 'kbt_counted.gcno'));
    const args = ['--json-format', '--stdout', 'kbt_counted.gcda'];
    const { stdout } = await execa('gcov', args, { cwd: scratch });
    const { files } = JSON.parse(stdout) as {
      files: { file: string; lines: { line_number: number; count: number }[] }[];
    };
    const lines = files.find(({ file }) => file.endsWith(FILE))?.lines ?? [];
    return lines
      .map(({ line_number: line, count }) => [line, count])
      .sort(([a = 0], [b = 0]) => a - b);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** The compiler's notes that belong to the counts: both hold one stamp, in their third word. */
const notesFor = async (gcda: Buffer): Promise<string> => {
  const kernels = join(cacheDirectory(process.env), 'kernels');
  for (const entry of await readdir(kernels)) {
    const file = join(kernels, entry, 'gcov', FILE.replace(/\.c$/, '.gcno'));
    const notes = await readFile(file).catch(() => undefined);
    if (notes?.subarray(8, 12).equals(gcda.subarray(8, 12))) return file;
  }
  throw new Error('no kernel has the notes for these counts');
};
