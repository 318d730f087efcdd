// SPDX-License-Identifier: MIT
import { copyFile, mkdir, readdir } from 'node:fs/promises';
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
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(home, join(entry.parentPath, entry.name)))
    .filter((file) => !MADE.test(file) && !/(?:^|\/)\./.test(file))
    .sort();
  if (!KBUILD.some((name) => files.includes(name)))
    return fail('usage', `--module-dir: ${directory} has no ${KBUILD.join(' or ')}`, {
      remedy: 'write one that names the module: obj-m := NAME.o',
    });
  const digests = await Promise.all(
    files.map(async (file) => [file, await digestFile(join(home, file))] as const),
  );
  return ok({ directory, files, fingerprint: fingerprint({ digests }) });
};

/** Copies the source: kbuild writes beside it, and the user's directory stays as it is. */
export const copySource = async (source: ModuleSource, to: string): Promise<void> => {
  for (const file of source.files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await copyFile(join(resolve(source.directory), file), join(to, file));
  }
};
