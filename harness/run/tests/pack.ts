// SPDX-License-Identifier: MIT
import { readFile, copyFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { step, stoppable, type Context } from '../../base/context.ts';
import { mapSome } from '../../base/pool.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { temporary } from '../../base/cache/scratch.ts';
import { compile, type Includes } from '../../guest/compile.ts';
import { isFile, type Plan } from './plan.ts';

/** What is sent into a guest for one program to run there. */
export interface ProgramPayload {
  /** The program itself, an executable file. */
  readonly file: Uint8Array;
  /** A tar archive with the helpers of its directory, where it names them, or its collection; sent once a VM. */
  readonly helpers: Uint8Array | undefined;
}

/** Their directory, beside the programs, as one that runs a helper has to name it. */
const HELPERS = 'helpers/';

/** By the name of the program; a suite of KUnit is in the kernel already. */
export type ProgramPayloads = ReadonlyMap<string, ProgramPayload>;

/**
 * Compiles what needs compiling and gives the bytes that a guest is sent; calls `onDrained`
 * when the last compiler has begun. Fails with `unbuildable`.
 */
export const packPrograms = (
  context: Context,
  plan: Plan,
  includes: Includes,
  onDrained: () => void = () => undefined,
): Promise<Result<ProgramPayloads>> =>
  step(context, 'programs', 'test programs', async () => {
    const programs = plan.programs.filter(isFile);
    const compiled = await compileAll(context, plan, includes, onDrained);
    if (!compiled.ok) return compiled;
    const { files, built } = compiled.value;
    const helpers = new Map<string, Uint8Array>();
    for (const home of new Set(plan.helpers.map((file) => dirname(file)))) {
      const theirs = plan.helpers.filter((file) => dirname(file) === home);
      const archive = await pack(
        context,
        theirs.map((source) => files.get(source) ?? source),
      );
      if (!archive.ok) return archive;
      helpers.set(dirname(home), archive.value);
    }
    const payloads = new Map<string, ProgramPayload>();
    for (const { name, source } of programs) {
      const bytes = await readFile(files.get(source) ?? source);
      // Who never names them does not run them, and need not wait for them.
      const named = bytes.includes(HELPERS);
      payloads.set(name, {
        file: bytes,
        helpers: named ? helpers.get(dirname(source)) : undefined,
      });
    }
    const archives = new Map<string, Uint8Array>();
    for (const { name, selftest } of plan.programs) {
      if (!selftest) continue;
      const { archive, script } = selftest;
      const file = Buffer.from(script);
      if (archive === undefined) payloads.set(name, { file, helpers: undefined });
      else {
        const bytes = archives.get(archive) ?? (await readFile(archive));
        archives.set(archive, bytes);
        payloads.set(name, { file, helpers: bytes });
      }
    }
    const total = programs.length + plan.helpers.length;
    const note = `${total}, ${built === 0 ? 'nothing to compile' : `${built} compiled`}`;
    return ok({ value: payloads, cached: built === 0, made: built, note });
  });

/** By the source of each C file the executable; and how many were not in the store. */
interface CompiledAll {
  readonly files: ReadonlyMap<string, string>;
  readonly built: number;
}

const compileAll = async (
  outer: Context,
  { programs, helpers }: Plan,
  includes: Includes,
  onDrained: () => void,
): Promise<Result<CompiledAll>> => {
  const sources = [
    ...helpers,
    ...programs.filter(({ kind }) => kind === 'c').map(({ source }) => source),
  ];
  const { context, stop } = stoppable(outer);
  let done = 0;
  const compiled = await mapSome(
    sources,
    { atOnce: availableParallelism(), onDrained },
    async (source) => {
      context.emit({
        ...({ type: 'step', reason: 'progress', step: 'programs' } as const),
        text: basename(source),
        done: ++done,
        total: sources.length,
      });
      const result = await compile(context, source, { includes, optimised: false });
      if (!result.ok) stop();
      return result;
    },
  );
  if (!compiled.ok) return compiled;
  const files = new Map(sources.map((source, n) => [source, compiled.value[n]?.file ?? source]));
  return ok({ files, built: compiled.value.filter(({ cached }) => !cached).length });
};

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
