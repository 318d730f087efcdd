// SPDX-License-Identifier: MIT
import { mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lab } from '../../support/lab.ts';
import type { HostFault, HostFaults } from './fault.ts';

/** The paths of a file in all entries of a store. */
export const inStore = async (lab: Lab, store: string, file: string): Promise<readonly string[]> =>
  (await readdir(join(lab.cache, store))).map((entry) => join(lab.cache, store, entry, file));

export const halve = async (file: string): Promise<void> =>
  truncate(file, Math.floor((await stat(file)).size / 2));

/** After a run that was as it should be, its store comes to harm; the next makes it good. */
const harmed = (
  about: string,
  store: string,
  file: string,
  harm: (file: string) => Promise<void>,
): HostFault => ({
  about,
  plant: async (lab) => {
    await lab.run();
    for (const path of await inStore(lab, store, file)) await harm(path);
    return lab.run();
  },
  // As far as the fake guest's panic.
  code: 1,
  says: /is damaged: .*[^]*the kernel panicked at boot/,
});

const isNoJson = (file: string): Promise<void> => writeFile(file, '{"release": ');
const isGone = (file: string): Promise<void> => rm(file);

/** On the fake tree: what is in the cache is not what was put there. */
export const STORE: HostFaults = {
  'kernel-without-bzimage': harmed('bzImage was removed', 'kernels', 'bzImage', isGone),
  'kernel-cut': harmed('bzImage lost its second half', 'kernels', 'bzImage', halve),
  'kernel-without-vmlinux': harmed('vmlinux was removed', 'kernels', 'vmlinux', isGone),
  'kernel-json-broken': harmed('kernel.json is no JSON', 'kernels', 'kernel.json', isNoJson),
  'kernel-json-missing': harmed('kernel.json was removed', 'kernels', 'kernel.json', isGone),
  'image-without-key': harmed('user_key was removed', 'images', 'user_key', isGone),
  'image-cut': harmed('initramfs lost its second half', 'images', 'initramfs.cpio', halve),
  'program-empty': {
    ...harmed('the program is an empty file', 'programs', 'quiet', (file) => truncate(file)),
    plant: async (lab) => {
      await lab.run();
      for (const path of await inStore(lab, 'programs', 'quiet'))
        if (await stat(path).catch(() => undefined)) await truncate(path);
      return lab.run();
    },
  },
  'entry-empty': {
    about: 'the entry of the kernel is an empty directory',
    plant: async (lab) => {
      await lab.run();
      for (const path of await inStore(lab, 'kernels', '')) {
        await rm(path, { recursive: true });
        await mkdir(path);
      }
      return lab.run();
    },
    code: 1,
    says: /is damaged: .*[^]*the kernel panicked at boot/,
  },
  'durations-garbage': {
    about: 'durations.json is no JSON',
    plant: async (lab) => {
      await lab.run();
      await writeFile(join(lab.cache, 'durations.json'), '\0garbage');
      return lab.run();
    },
    code: 1,
    says: 'the kernel panicked at boot',
  },
  'durations-directory': {
    about: 'durations.json is a directory',
    plant: async (lab) => {
      await mkdir(join(lab.cache, 'durations.json', 'full'), { recursive: true });
      return lab.run();
    },
    code: 1,
    says: 'the kernel panicked at boot',
  },
};
