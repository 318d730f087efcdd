// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Kernel } from '../../kernel/kernel.ts';

/** A kernel at rest, in bytes: by section, as size(1) sums them, and by symbol. */
export interface Sizes {
  readonly sections: ReadonlyMap<string, number>;
  readonly symbols: ReadonlyMap<string, number>;
}

/** Reads vmlinux by size(1) and nm(1). */
export const sizesOf = async (context: Context, kernel: Kernel): Promise<Result<Sizes>> => {
  const vmlinux = join(kernel.directory, 'vmlinux');
  const { signal } = context;
  const [size, nm] = await Promise.all([
    run({ argv: [tool('size'), vmlinux], capture: true, signal }),
    run({ argv: [tool('nm'), '-S', '-t', 'd', '--defined-only', vmlinux], capture: true, signal }),
  ]);
  if (size.code !== 0 || nm.code !== 0)
    return fail('environment', 'size and nm do not read vmlinux', {
      detail: [...size.tail, ...nm.tail].slice(-5).join('\n'),
    });
  const [names = [], values = []] = size.stdout
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const symbols = new Map<string, number>();
  for (const [, bytes, name = ''] of nm.stdout.toString().matchAll(/^\d+ (\d+) \S (\S+)$/gm))
    symbols.set(name, (symbols.get(name) ?? 0) + Number(bytes));
  return ok({
    sections: new Map(
      ['text', 'data', 'bss'].map((name) => [name, Number(values[names.indexOf(name)])]),
    ),
    symbols,
  });
};
