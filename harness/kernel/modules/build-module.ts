// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { atomicDirectory } from '../../base/cache/store.ts';
import type { Context } from '../../base/context.ts';
import { printable } from '../../base/process/lines.ts';
import { starved } from '../../base/process/starved.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { DiagnosticReader, MODPOST, parseProgress, type Warning } from '../make/diagnostics.ts';
import { make, type MakeOptions } from '../make/make.ts';
import { keepModules } from './loadable.ts';
import { copySource, type ModuleSource } from './module-source.ts';

/** The file with the symbols that a kernel and its modules export, for modules built after it. */
const SYMVERS = 'Module.symvers';

/** Where a module is built. */
interface Shop {
  /** Of the kernel, which is made already. */
  readonly make: Omit<MakeOptions, 'module'>;
  /** The entries of modules whose symbols it may use. */
  readonly before: readonly string[];
}

/**
 * Builds a directory of modules against a kernel, as Documentation/kbuild/modules.rst has it, into
 * an entry of the store. Fails with `unbuildable` at the user's file and line.
 */
export const buildModule = async (
  context: Context,
  source: ModuleSource,
  home: string,
  { make: options, before }: Shop,
): Promise<Result<string>> => {
  if (existsSync(home)) return ok(home);
  // Of one name for all: ccache knows an object by where it was compiled.
  const module = `${options.build}.module`;
  await rm(module, { recursive: true, force: true });
  const copied = await copySource(source, module);
  if (!copied.ok) return copied;
  const reader = new DiagnosticReader(module, options.build);
  const symbols = before.map((entry) => join(entry, SYMVERS));
  const ended = await make(
    context,
    {
      ...options,
      module,
      // A header that comes first now ccache would not notice.
      anew: true,
      variables: [`KBUILD_EXTRA_SYMBOLS=${symbols.join(' ')}`],
      onLine: (line) => reader.push(line),
    },
    ['modules'],
  );
  const starving = ended.code === 0 ? undefined : starved('the module', ended);
  if (starving) return { ok: false, failure: starving };
  if (context.signal.aborted) return fail('interrupted', 'interrupted');
  const { diagnostics } = reader;
  if (ended.code !== 0) {
    const first = diagnostics.find(({ kind }) => kind === 'error');
    const said = ended.tail.filter((line) => parseProgress(line) === undefined).slice(-30);
    return fail('unbuildable', `the module in ${source.directory} does not build`, {
      code: 'compile-error',
      where: first ? `${join(source.directory, first.file)}:${first.line}` : source.directory,
      ...(first ? { error: first.text } : {}),
      detail: said.map((line) => printable(line.replaceAll(`${module}/`, ''))).join('\n'),
    });
  }
  const entries = await readdir(module, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(({ name }) => name.endsWith('.ko'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
  if (files.length === 0)
    return fail('unbuildable', `${source.directory} makes no module of this kernel`, {
      code: 'compile-error',
      where: source.directory,
      remedy: 'name it in Kbuild or Makefile: obj-m := NAME.o',
    });
  const outside = await outsideOf(module, options);
  if (outside !== undefined)
    return fail('usage', `--module-dir: ${source.directory} is made of ${outside} as well`, {
      where: source.directory,
      remedy: 'bring that into the directory: kbt does not see when it changes',
    });
  const warnings = diagnostics.map(({ file, line, text }): Warning => ({
    file: file === MODPOST ? '' : file,
    line,
    text,
  }));
  return atomicDirectory(home, async (scratch) => {
    if (existsSync(join(module, SYMVERS)))
      await copyFile(join(module, SYMVERS), join(scratch, SYMVERS));
    return keepModules(context, files, { builtIn: [], warnings }, scratch);
  });
};

/** What stands in the `.cmd` file of an object behind its source: the files that it was made of. */
const MADE_OF = /^ {2}(\/\S+|\.\S*\/\S+) \\$/gm;

/** A file that a module was made of beside its directory, the kernel and the compiler; undefined where there is none. */
const outsideOf = async (
  module: string,
  { tree, build }: Shop['make'],
): Promise<string | undefined> => {
  const entries = await readdir(module, { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of entries) {
    if (!/^\..*\.cmd$/.test(name)) continue;
    const text = await readFile(join(parentPath, name), 'utf8');
    for (const [, path = ''] of text.matchAll(MADE_OF)) {
      const file = resolve(build, path);
      const known = [module, tree, build].some((home) => file.startsWith(`${home}/`));
      if (!known && !file.includes('/lib/gcc/')) return file;
    }
  }
  return undefined;
};
