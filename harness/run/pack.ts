// SPDX-License-Identifier: MIT
import { readFile, copyFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { temporary } from '../base/scratch.ts';
import { compile, type Includes } from '../guest/compile.ts';
import type { Plan } from './plan.ts';

/** What is sent into a guest for one program to run there. */
export interface Cargo {
  /** The program itself, an executable file. */
  readonly file: Uint8Array;
  /** The helpers of its directory, a tar archive, where it names them; sent once a VM. */
  readonly helpers: Uint8Array | undefined;
}

/** Their directory, beside the programs, as one that runs a helper has to name it. */
const HELPERS = 'helpers/';

/** By the name of the program; a suite of KUnit is in the kernel already. */
export type Cargoes = ReadonlyMap<string, Cargo>;

/**
 * Compiles what needs compiling and gives the bytes that a guest is sent. Fails
 * with `unbuildable`.
 */
export const packPrograms = (
  context: Context,
  plan: Plan,
  includes: Includes,
): Promise<Result<Cargoes>> =>
  step(context, 'programs', 'test programs', async () => {
    const programs = plan.programs.filter(({ kind }) => kind !== 'kunit');
    const total = programs.length + plan.helpers.length;
    let done = 0;
    let built = 0;
    const executable = async (source: string, isC: boolean): Promise<Result<string>> => {
      const text = basename(source);
      context.emit({
        type: 'step',
        reason: 'progress',
        step: 'programs',
        text,
        done: ++done,
        total,
      });
      if (!isC) return ok(source);
      const compiled = await compile(context, source, includes);
      if (!compiled.ok) return compiled;
      if (!compiled.value.cached) built += 1;
      return ok(compiled.value.file);
    };
    const helpers = new Map<string, Uint8Array>();
    for (const home of new Set(plan.helpers.map((file) => dirname(file)))) {
      const files: string[] = [];
      for (const source of plan.helpers.filter((file) => dirname(file) === home)) {
        const file = await executable(source, true);
        if (!file.ok) return file;
        files.push(file.value);
      }
      const archive = await pack(context, files);
      if (!archive.ok) return archive;
      helpers.set(dirname(home), archive.value);
    }
    const cargoes = new Map<string, Cargo>();
    for (const { name, source, kind } of programs) {
      const file = await executable(source, kind === 'c');
      if (!file.ok) return file;
      const bytes = await readFile(file.value);
      // Who never names them does not run them, and need not wait for them.
      const named = bytes.includes(HELPERS);
      cargoes.set(name, { file: bytes, helpers: named ? helpers.get(dirname(source)) : undefined });
    }
    const note = `${total}, ${built === 0 ? 'nothing to compile' : `${built} compiled`}`;
    return ok({ value: cargoes, cached: built === 0, note });
  });

/** The files in a directory `helpers`. */
const pack = async (context: Context, files: readonly string[]): Promise<Result<Uint8Array>> => {
  const scratch = await temporary('helpers');
  try {
    for (const file of files) await copyFile(file, join(scratch, basename(file)));
    const flags = ['--owner=0', '--group=0', '--mode=0755', '--transform=s,^\\.,helpers,'];
    const packed = await run({
      argv: ['tar', '-cf', '-', ...flags, '-C', scratch, '.'],
      capture: true,
      signal: context.signal,
    });
    return packed.code === 0
      ? ok(packed.stdout)
      : fail('environment', 'tar cannot pack the helpers', {
          detail: packed.tail.slice(-5).join('\n'),
        });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
