// SPDX-License-Identifier: MIT
import { z } from 'zod';
import type { ReadOnly } from '../../base/read-only.ts';

export const MODINFO = z.strictObject({
  /** As the kernel calls it: `virtio_net`. */
  name: z.string(),
  /** What has to be loaded before it, without what that depends on. */
  depends: z.array(z.string()),
  /** Of the kernel that it was built for, as `uname -r` has it. */
  release: z.string(),
  /** It is of the kernel's own source: any other taints the kernel (O). */
  inTree: z.boolean(),
  parameters: z.array(z.string()),
});

/** What a module says of itself in its section .modinfo (scripts/mod/modpost.c). */
export type Modinfo = ReadOnly<z.infer<typeof MODINFO>>;

/** A file of a module, which a distribution may have packed. */
export const MODULE_FILE = /\.ko(?:\.(?:xz|zst|gz))?$/;

/** The name of a module by its file's, which may have dashes in place of underscores. */
export const moduleName = (file: string): string =>
  file.replace(MODULE_FILE, '').replaceAll('-', '_');

/** Reads a module's file, not packed. */
export const readModinfo = (name: string, data: Buffer): Modinfo => {
  const text = data.toString('latin1');
  // What lies before the section may end in any byte; a text does not.
  const [, depends = ''] = /[^ -~]depends=([^\0]*)\0/.exec(text) ?? [];
  const [, release = ''] = /[^ -~]vermagic=([^ \0]*)/.exec(text) ?? [];
  const types = text.matchAll(/[^ -~]parmtype=([^:\0]+):/g);
  return {
    name,
    depends: depends.split(',').flatMap((one) => (one === '' ? [] : [moduleName(one)])),
    release,
    inTree: /[^ -~]intree=Y\0/.test(text),
    parameters: [...types].map(([, parameter = '']) => parameter),
  };
};
