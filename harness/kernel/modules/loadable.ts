// SPDX-License-Identifier: MIT
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { WARNING } from '../make/diagnostics.ts';
import { MODINFO, moduleName, readModinfo, type Modinfo } from './modinfo.ts';

/** A module that a program can have loaded. */
export interface Loadable extends Modinfo {
  /** What the guest is sent: without debug information. */
  readonly file: string;
  /** The same with it. */
  readonly symbols: string;
  /** The user's directory with its source; undefined where that is the kernel's. */
  readonly directory: string | undefined;
}

/** The modules of a kernel, and those that were built against it. */
export interface KernelModules {
  /** By name. */
  readonly loadable: ReadonlyMap<string, Loadable>;
  /** The names of those that are built into the kernel. */
  readonly builtIn: ReadonlySet<string>;
}

const INDEX = 'modules.json';
/** The file of a module that a guest is sent. */
const sentOf = (home: string, name: string): string => join(home, `${name}.sent`);

const CONTENTS = z.strictObject({
  modules: z.array(MODINFO),
  /** Names. */
  builtIn: z.array(z.string()),
  /** In files of the user's, relative to what was built. */
  warnings: z.array(WARNING),
});
type Contents = ReadOnly<z.infer<typeof CONTENTS>>;

/** An entry of the store: modules that were built together. */
export interface ModuleSet extends Omit<Contents, 'modules'> {
  readonly modules: readonly Loadable[];
}

/** Fills an entry with modules that were built. Fails with `unbuildable` where one is no module. */
export const keepModules = async (
  context: Context,
  files: readonly string[],
  known: Omit<Contents, 'modules'>,
  scratch: string,
): Promise<Result<void>> => {
  const modules: Modinfo[] = [];
  for (const from of files) {
    const name = moduleName(basename(from));
    const file = join(scratch, `${name}.ko`);
    await copyFile(from, file);
    const argv = [tool('strip'), '--strip-debug', '-o', sentOf(scratch, name), file] as const;
    const ended = await run({ argv, signal: context.signal });
    if (ended.code !== 0)
      return fail('unbuildable', `strip cannot read the module ${name}`, {
        detail: ended.tail.slice(-3).join('\n'),
      });
    modules.push(readModinfo(name, await readFile(file)));
  }
  await writeFile(join(scratch, INDEX), JSON.stringify({ ...known, modules } satisfies Contents));
  return ok(undefined);
};

/**
 * What an entry holds, which was built of a directory of the user's, or of the kernel's source.
 * Throws as `fs` does, and where it is no such entry.
 */
export const readModules = async (home: string, directory?: string): Promise<ModuleSet> => {
  const { modules, warnings, builtIn } = CONTENTS.parse(
    JSON.parse(await readFile(join(home, INDEX), 'utf8')),
  );
  return {
    builtIn,
    warnings: warnings.map((one) =>
      directory === undefined ? one : { ...one, file: join(directory, one.file) },
    ),
    modules: modules.map((info) => ({
      ...{ ...info, directory },
      file: sentOf(home, info.name),
      symbols: join(home, `${info.name}.ko`),
    })),
  };
};
