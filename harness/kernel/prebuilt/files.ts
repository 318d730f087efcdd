// SPDX-License-Identifier: MIT
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { temporary } from '../../base/cache/scratch.ts';
import { run } from '../../base/process/process.ts';
import { fail, type Result } from '../../base/result.ts';

/** Files of a kernel that somebody built elsewhere. */
export interface PrebuiltFiles {
  /** An image that boots. */
  readonly file?: string | undefined;
  readonly vmlinux?: string | undefined;
  /** Its .config; without, what vmlinux or the image itself holds of it. */
  readonly config?: string | undefined;
  /** A directory with its modules, for those that the guest boots by. */
  readonly modules?: string | undefined;
}

/**
 * What belongs to a kernel and is not named: of a Debian package its image, its .config and its
 * modules, while `work` goes on; of an image the file config-RELEASE beside it, as /boot has it.
 * Fails with `usage` for a package without a kernel.
 */
export const withFiles = async <T>(
  files: PrebuiltFiles,
  work: (files: PrebuiltFiles) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const { file = '' } = files;
  if (!file.endsWith('.deb')) return work({ ...beside(resolve(file)), ...given(files) });
  const scratch = await temporary('package');
  try {
    const unpacked = await run({ argv: ['dpkg-deb', '-x', resolve(file), scratch] });
    if (unpacked.code !== 0)
      return fail('usage', `--kernel: dpkg-deb cannot unpack ${file}`, {
        detail: unpacked.tail.slice(-3).join('\n'),
      });
    const boot = join(scratch, 'boot');
    const names = await readdir(boot).catch(() => []);
    const image = names.find((name) => name.startsWith('vmlinuz-'));
    if (image === undefined)
      return fail('usage', `--kernel: ${basename(file)} holds no /boot/vmlinuz-*`, {
        where: file,
        remedy:
          'give linux-image-RELEASE_*.deb: one without a release in its name only depends on that',
      });
    const modules = ['lib/modules', 'usr/lib/modules'].map((name) => join(scratch, name));
    const own = modules.find((name) => existsSync(name));
    const found = { ...beside(join(boot, image)), ...(own === undefined ? {} : { modules: own }) };
    return await work({ ...found, ...given(files), file: join(boot, image) });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** What a person names counts before what is found. */
const given = (files: PrebuiltFiles): PrebuiltFiles =>
  Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined));

const beside = (image: string): Pick<PrebuiltFiles, 'config'> => {
  const [, release] = /^vmlinuz-(.+)$/.exec(basename(image)) ?? [];
  const config = join(dirname(image), `config-${release ?? ''}`);
  return release !== undefined && existsSync(config) ? { config } : {};
};
