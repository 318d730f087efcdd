// SPDX-License-Identifier: MIT
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { temporary } from '../../base/cache/scratch.ts';
import { notesOf } from '../../kernel/make/gcov.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { gcdaOf } from './gcda.ts';
import type { Counts } from './gcov-info.ts';

/** gcov's own JSON (gcov(1), --json-format), as far as it is used. */
const Document = z.object({
  files: z.array(
    z.object({
      file: z.string(),
      functions: z.array(
        z.object({
          name: z.string(),
          start_line: z.number(),
          end_line: z.number(),
          execution_count: z.number(),
        }),
      ),
      lines: z.array(
        z.object({
          line_number: z.number(),
          count: z.number(),
          branches: z.array(z.object({ count: z.number(), throw: z.boolean() })),
        }),
      ),
    }),
  ),
});

/** A function, by its lines in one file; how often it was entered. */
export interface FunctionRuns {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** How often a line ran, and of each of its branches how often it was taken. */
export interface LineRuns {
  readonly count: number;
  readonly branches: readonly number[];
}

/** What ran of one source file. */
export interface FileRuns {
  readonly functions: readonly FunctionRuns[];
  /** By number, from 1; only lines that hold code. */
  readonly lines: ReadonlyMap<number, LineRuns>;
}

/** By file of the tree. */
export type Runs = ReadonlyMap<string, FileRuns>;

/**
 * What ran by these counts, as gcov(1) makes it out of them and the compiler's notes.
 * A header's lines are summed over all files that include it. Fails with `environment`.
 */
export const linesRun = async (
  context: Context,
  kernel: Kernel,
  files: readonly string[],
  counts: Counts,
  gcc: number,
): Promise<Result<Runs>> => {
  const scratch = await temporary('gcov');
  try {
    const written: string[] = [];
    for (const file of files) {
      const notes = notesOf(kernel, file);
      const name = file.replace(/\.c$/, '.gcda');
      // The kernel calls it by the whole path of its build directory.
      const object = counts.find((one) => one.file === name || one.file.endsWith(`/${name}`));
      if (notes === undefined || !object) continue;
      await mkdir(join(scratch, dirname(name)), { recursive: true });
      await copyFile(notes, join(scratch, name.replace(/\.gcda$/, '.gcno')));
      await writeFile(join(scratch, name), gcdaOf(object, gcc));
      written.push(name);
    }
    if (written.length === 0) return ok(new Map());
    const ended = await run({
      argv: [tool('gcov'), '--json-format', '--stdout', '--branch-probabilities', ...written],
      cwd: scratch,
      capture: true,
      signal: context.signal,
    });
    if (ended.missing)
      return fail('environment', 'there is no gcov', {
        code: 'tool-missing',
        remedy: 'it comes with gcc: apt-get install gcc',
      });
    if (ended.code !== 0)
      return fail('environment', 'gcov does not read what the kernel counted', {
        detail: ended.tail.slice(-5).join('\n'),
        remedy: 'gcov and gcc must be of one version: gcov --version, gcc --version',
      });
    const documents = ended.stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    return ok(sum(documents.map((text) => Document.parse(JSON.parse(text)))));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

const sum = (documents: readonly z.infer<typeof Document>[]): Runs => {
  const runs = new Map<string, { functions: FunctionRuns[]; lines: Map<number, LineRuns> }>();
  for (const { file, functions, lines } of documents.flatMap((document) => document.files)) {
    const name = posix.normalize(file);
    const known = runs.get(name) ?? { functions: [], lines: new Map<number, LineRuns>() };
    runs.set(name, known);
    for (const one of functions) {
      const { name: called, start_line: first, end_line: last, execution_count: count } = one;
      const at = known.functions.findIndex((other) => other.name === called);
      const before = known.functions[at]?.count ?? 0;
      const now = { name: called, first, last, count: before + count };
      if (at < 0) known.functions.push(now);
      else known.functions[at] = now;
    }
    for (const { line_number: number, count, branches } of lines) {
      const before = known.lines.get(number) ?? { count: 0, branches: [] };
      const taken = branches.filter((branch) => !branch.throw).map((branch) => branch.count);
      known.lines.set(number, {
        count: before.count + count,
        branches: add(before.branches, taken),
      });
    }
  }
  return runs;
};

/** The branches of one line in another object are the same ones where they are as many. */
const add = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.length === b.length ? a.map((count, index) => count + (b[index] ?? 0)) : [...a, ...b];
