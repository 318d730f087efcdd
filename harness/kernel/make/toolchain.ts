// SPDX-License-Identifier: MIT
import { z } from 'zod';
import { tool } from '../../arch/host.ts';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import type { ReadOnly } from '../../base/read-only.ts';
import { fail, ok, type Result } from '../../base/result.ts';

export const TOOLCHAIN = z.strictObject({ cc: z.string(), ld: z.string() });

/** First lines of `--version` of what decides an object's bytes. */
export type Toolchain = ReadOnly<z.infer<typeof TOOLCHAIN>>;

/** Asks the compiler and the linker who they are. Fails with `environment`. */
export const toolchain = async (context: Context): Promise<Result<Toolchain>> => {
  const asked = await Promise.all(
    ['gcc', 'ld'].map((name) =>
      run({ argv: [tool(name), '--version'], capture: true, signal: context.signal }),
    ),
  );
  const [cc, ld] = asked.map((ended) =>
    ended.code === 0 ? ended.stdout.toString().split('\n')[0] : undefined,
  );
  if (cc === undefined || ld === undefined)
    return fail('environment', `${tool(cc === undefined ? 'gcc' : 'ld')} is missing`, {
      code: 'tool-missing',
      remedy: 'kbt doctor names the package',
    });
  return ok({ cc, ld });
};
