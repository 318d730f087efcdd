// SPDX-License-Identifier: MIT
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { compile, type Includes } from '../guest/compile.ts';
import type { Program } from './plan.ts';

/** Compiles what needs compiling and packs all programs into one archive. Fails with `unbuildable`. */
export const packPrograms = (
  context: Context,
  plan: readonly Program[],
  includes: Includes,
): Promise<Result<Uint8Array>> =>
  step(context, 'programs', 'test programs', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'kbt-programs-'));
    try {
      let built = 0;
      for (const [index, program] of plan.entries()) {
        context.emit({
          type: 'step',
          reason: 'progress',
          step: 'programs',
          text: program.name,
          done: index + 1,
          total: plan.length,
        });
        let file = program.source;
        if (program.kind === 'c') {
          const compiled = await compile(context, program.source, includes);
          if (!compiled.ok) return compiled;
          if (!compiled.value.cached) built += 1;
          ({ file } = compiled.value);
        }
        await copyFile(file, join(scratch, program.name));
      }
      const packed = await run({
        argv: [
          'tar',
          '-czf',
          '-',
          '--owner=0',
          '--group=0',
          '--mode=0755',
          '-C',
          scratch,
          '--',
          ...plan.map((p) => p.name),
        ],
        env: { GZIP: undefined },
        capture: true,
        signal: context.signal,
      });
      if (packed.code !== 0)
        return fail('environment', 'tar cannot pack the programs', {
          detail: packed.tail.slice(-5).join('\n'),
        });
      const note =
        built === 0 ? `${plan.length}, nothing to compile` : `${plan.length}, ${built} compiled`;
      return ok({ value: packed.stdout, cached: built === 0, note });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
