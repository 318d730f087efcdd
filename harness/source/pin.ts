// SPDX-License-Identifier: MIT
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileOf, type Roots } from '../base/context.ts';
import { readDataFile } from '../base/data-file.ts';
import type { Result } from '../base/result.ts';

/** Debian patches its tree; two flavours are never compared with each other. */
export type Flavour = 'vanilla' | 'debian';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hex');

const schema = z.strictObject({
  version: z.string().regex(/^6\.12\.\d+$/, 'must be a 6.12.N version'),
  /** null: nobody has recorded the digest yet. */
  'kernel.org': z.strictObject({
    flavour: z.literal('vanilla'),
    sha256: sha256.nullable(),
  }),
  debian: z.strictObject({
    flavour: z.literal('debian'),
    package: z.string(),
    /** Package version to the digest of the tarball inside the package. */
    versions: z.record(z.string(), sha256),
  }),
});

/** The exact kernel source that everything is built from. */
export type Pin = z.infer<typeof schema>;

/** The project's pin, or kbt's own where that has none. */
export const readPin = (roots: Roots): Promise<Result<Pin>> =>
  readDataFile(fileOf(roots, 'kernel-patches', 'pin.json'), schema);

export const writePin = async ({ project }: Roots, pin: Pin): Promise<void> => {
  const file = join(project, 'kernel-patches', 'pin.json');
  await writeFile(`${file}.new`, `${JSON.stringify(pin, null, 2)}\n`);
  await rename(`${file}.new`, file);
};

/** The flavour that the pin knows under this digest; undefined when it does not. */
export const flavourOfDigest = (pin: Pin, digest: string): Flavour | undefined => {
  if (pin['kernel.org'].sha256 === digest) return 'vanilla';
  return Object.values(pin.debian.versions).includes(digest) ? 'debian' : undefined;
};

/** 6.12.117-1~deb12u1 is a package of 6.12.117. */
export const upstreamOf = (version: string): string => version.replace(/-[^-]*$/, '');
