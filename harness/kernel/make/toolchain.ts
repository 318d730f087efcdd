// SPDX-License-Identifier: MIT
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { digest, digestFile } from '../../base/fingerprint.ts';
import { findProgram, type ProgramFile } from '../../base/process/find-program.ts';
import { run } from '../../base/process/process.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { fail, ok, type Result } from '../../base/result.ts';

export const TOOLCHAIN = z.strictObject({
  cc: z.string(),
  ld: z.string(),
  /** sha256 over the programs themselves: two that say the same of themselves may differ. */
  programs: z.string(),
});

/** What decides an object's bytes: the first lines of `--version`, for a person, and the programs. */
export type Toolchain = ReadOnly<z.infer<typeof TOOLCHAIN>>;

/** Asks the compiler and the linker who they are. Fails with `environment`. */
export const toolchain = async (context: Context): Promise<Result<Toolchain>> => {
  const [programs, ...asked] = await Promise.all([
    digestOfPrograms(context),
    ...['gcc', 'ld'].map((name) =>
      run({ argv: [tool(name), '--version'], capture: true, signal: context.signal }),
    ),
  ]);
  const [cc, ld] = asked.map((ended) =>
    ended.code === 0 ? ended.stdout.toString().split('\n')[0] : undefined,
  );
  if (cc === undefined || ld === undefined)
    return fail('environment', `${tool(cc === undefined ? 'gcc' : 'ld')} is missing`, {
      code: 'tool-missing',
      remedy: 'kbt doctor names the package',
    });
  return ok({ cc, ld, programs });
};

const PROGRAM = z.object({ file: z.string(), size: z.number(), mtimeMs: z.number() });
const REMEMBERED = z.object({ programs: z.array(PROGRAM), digest: z.string() });

/** Of the compiler's driver, what it runs, and the linker. What was read is remembered by size and time. */
const digestOfPrograms = async (context: Context): Promise<string> => {
  const file = join(context.cache, 'toolchain.json');
  const path = context.env['PATH'];
  const found = async (names: readonly string[]): Promise<readonly ProgramFile[]> =>
    (await Promise.all(names.map((name) => findProgram(name, path)))).filter(
      (one) => one !== undefined,
    );
  const drivers = await found([tool('gcc'), tool('ld')]);
  const before = await remembered(file);
  if (before) {
    const now = await found(before.programs.map((program) => program.file));
    const same = [...drivers, ...now.slice(drivers.length)];
    if (JSON.stringify(same) === JSON.stringify(before.programs)) return before.digest;
  }
  const parts = await Promise.all(
    ['cc1', 'as', 'ld'].map(async (name) => {
      const argv = [tool('gcc'), `-print-prog-name=${name}`] as const;
      const ended = await run({ argv, capture: true, signal: context.signal });
      return ended.stdout.toString().trim() || name;
    }),
  );
  const programs = [...drivers, ...(await found(parts))];
  const digests = await Promise.all(programs.map((program) => digestFile(program.file)));
  const known = { programs, digest: digest(digests.join('\n')) };
  await mkdir(context.cache, { recursive: true });
  const fresh = `${file}.${randomUUID()}`;
  await writeFile(fresh, JSON.stringify(known));
  await rename(fresh, file);
  return known.digest;
};

const remembered = async (file: string): Promise<z.infer<typeof REMEMBERED> | undefined> => {
  try {
    return REMEMBERED.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};
