// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { digestFile, fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import { fail, ok, type Result } from '../../base/result.ts';

/** A directory with modules that are of no kernel's source, and what decides how they come out. */
export interface ModuleSource {
  /** As the user names it. */
  readonly directory: string;
  /** Relative to it. */
  readonly files: readonly string[];
  readonly fingerprint: Fingerprint;
}

/** What kbuild leaves in a directory, and what is nobody's source. */
const MADE = /(?:\.(?:o|ko|mod|mod\.c|a|d)|(?:^|\/)(?:modules\.order|Module\.symvers))$/;

/** Where kbuild looks for what to make (Documentation/kbuild/modules.rst). */
const KBUILD = ['Kbuild', 'Makefile'];

/** Looks at a directory of modules. Fails with `usage` where kbuild would find nothing to make. */
export const readModuleSource = async (directory: string): Promise<Result<ModuleSource>> => {
  const home = resolve(directory);
  const found = await readdir(home, { recursive: true, withFileTypes: true }).catch(
    () => undefined,
  );
  if (!found) return fail('usage', `--module-dir: there is no directory ${directory}`);
  const named = found
    .map((entry) => relative(home, join(entry.parentPath, entry.name)))
    .filter((file) => !MADE.test(file) && !/(?:^|\/)\./.test(file))
    .sort();
  // A link to a file is one, as it is for the compiler.
  const are = await Promise.all(
    named.map(async (file) => (await stat(join(home, file)).catch(() => undefined))?.isFile()),
  );
  const files = named.filter((_, index) => are[index]);
  if (!KBUILD.some((name) => files.includes(name)))
    return fail('usage', `--module-dir: ${directory} has no ${KBUILD.join(' or ')}`, {
      remedy: 'write one that names the module: obj-m := NAME.o',
    });
  const digest = await fingerprintOf(home, files).catch(() => undefined);
  return digest === undefined
    ? fail('usage', `--module-dir: a file of ${directory} cannot be read`)
    : ok({ directory, files, fingerprint: digest });
};

const fingerprintOf = async (home: string, files: readonly string[]): Promise<Fingerprint> => {
  const digests = files.map(async (file) => [file, await digestFile(join(home, file))] as const);
  return fingerprint({ digests: await Promise.all(digests) });
};

/**
 * Copies the source: kbuild writes beside it, and the user's directory stays as it is. Fails with
 * `usage` where it is another one now: what comes out is kept by the fingerprint.
 */
export const copySource = async (source: ModuleSource, to: string): Promise<Result<void>> => {
  const { directory, files } = source;
  const changed = fail('usage', `--module-dir: ${directory} changed while kbt worked`, {
    remedy: 'run kbt again',
  });
  const now = await readModuleSource(directory);
  if (!now.ok || now.value.fingerprint !== source.fingerprint) return changed;
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(resolve(directory), file), join(to, file)).catch(() => undefined);
  }
  const copied = await fingerprintOf(to, files).catch(() => undefined);
  return copied === source.fingerprint ? ok(undefined) : changed;
};
