// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { ARCH } from '../../arch/host.ts';
import { fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { IMAGE, SYMBOLS } from '../kernel.ts';
import { RECORD } from '../kernel-record.ts';
import type { Toolchain } from '../make/toolchain.ts';

/** The files right in an entry: all of them travel, and no others. */
export const FILES = [IMAGE, 'vmlinux', 'System.map', 'config', SYMBOLS, RECORD] as const;
/** The directory of an entry whose files travel as one. */
export const INCLUDE = 'include';

/** Bytes of an entry, unpacked, and of its manifest. */
const MOST = 2 * 2 ** 30;
export const MANIFEST_MOST = 2 ** 20;

const size = z.int().nonnegative().max(MOST);

/** A plain name in the entry: neither absolute nor hidden, and no way out of it. */
const NAME = /^(?:[\w+-][\w+.-]*)(?:\/[\w+-][\w+.-]*)*$/;
const name = z
  .string()
  .max(200)
  .regex(NAME, 'is no plain name')
  .refine(
    (text) => (FILES as readonly string[]).includes(text) || text.startsWith(`${INCLUDE}/`),
    'is no file of a kernel',
  );

/** Files one after the other, as they are kept under the digest of what is kept. */
const PART = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** As it is kept. */
  size,
  encoding: z.enum(['gzip', 'identity']),
  files: z.array(z.strictObject({ name, size })).min(1),
});
export type Part = ReadOnly<z.infer<typeof PART>>;

const KERNEL = z
  .strictObject({
    kind: z.literal('kernel'),
    schema: z.literal(1),
    fingerprint: z.string(),
    parts: z.array(PART).max(16),
  })
  .superRefine(({ parts }, context) => {
    const files = parts.flatMap((part) => part.files);
    const names = new Set(files.map((file) => file.name));
    const bytes = [...files, ...parts].reduce((sum, one) => sum + one.size, 0);
    const inFile = files.some((file) =>
      file.name.split('/').some((_, n, all) => n > 0 && names.has(all.slice(0, n).join('/'))),
    );
    const lacks = FILES.find((one) => !names.has(one));
    const wrong =
      bytes > MOST
        ? 'it is too large'
        : names.size < files.length
          ? 'it has a file twice'
          : inFile
            ? 'it has a file in a file'
            : lacks && `it has no ${lacks}`;
    if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
  });

/** What a remote store says of a kernel. */
export type KernelManifest = ReadOnly<z.infer<typeof KERNEL>>;

/** Says that a remote store has kernels of a toolchain. */
const TOOLCHAIN_MARK = z.strictObject({
  kind: z.literal('toolchain'),
  schema: z.literal(1),
  fingerprint: z.string(),
});
export type ToolchainMark = z.infer<typeof TOOLCHAIN_MARK>;

export const kernelName = (key: Fingerprint): string => `kernel-${key}`;
export const partName = ({ sha256 }: Pick<Part, 'sha256'>): string => `part-${sha256}`;
export const toolchainName = (key: Fingerprint): string => `toolchain-${key}`;

/** What kernels of one toolchain have in common. */
export const toolchainKey = (tools: Toolchain): Fingerprint =>
  fingerprint({ architecture: ARCH.name, ...tools });

/** Reads what was signed as the manifest of one kernel. Gives in words what is wrong with it. */
export const readManifest = (text: string, key: Fingerprint): KernelManifest | string => {
  const read = parsed(text, KERNEL);
  if (typeof read === 'string') return read;
  return read.fingerprint === key ? read : `it is another one, ${read.fingerprint.slice(0, 12)}`;
};

/** Whether what was signed says that there are kernels of a toolchain. */
export const isMarkOf = (text: string, key: Fingerprint): boolean => {
  const read = parsed(text, TOOLCHAIN_MARK);
  return typeof read !== 'string' && read.fingerprint === key;
};

const parsed = <T>(text: string, schema: z.ZodType<T>): T | string => {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const found = issue?.path.reduce<unknown>(
    (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
    data,
  );
  const what = typeof found === 'string' ? `${JSON.stringify(found.slice(0, 80))} ` : '';
  return `${what}${issue?.message ?? ''}`;
};
