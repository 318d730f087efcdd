// SPDX-License-Identifier: MIT
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { step, type Context } from '../base/context.ts';
import { run } from '../base/process.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { compile, type Includes } from '../guest/compile.ts';
import type { Plan } from './plan.ts';

/**
 * Compiles what needs compiling and packs all programs, and their helpers in a
 * directory of their own, into one archive. Fails with `unbuildable`.
 */
export const packPrograms = (
  context: Context,
  plan: Plan,
  includes: Includes,
): Promise<Result<Uint8Array>> =>
  step(context, 'programs', 'test programs', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'kbt-programs-'));
    try {
      const helpers = join(scratch, 'helpers');
      await mkdir(helpers);
      // A suite of KUnit is in the kernel already.
      const wanted = [
        ...plan.programs
          .filter(({ kind }) => kind !== 'kunit')
          .map(({ name, source, kind }) => ({
            source,
            isC: kind === 'c',
            to: join(scratch, name),
          })),
        ...plan.helpers.map((source) => ({
          source,
          isC: true,
          to: join(helpers, basename(source, '.c')),
        })),
      ];
      let built = 0;
      for (const [index, { source, isC, to }] of wanted.entries()) {
        context.emit({
          type: 'step',
          reason: 'progress',
          step: 'programs',
          text: basename(to),
          done: index + 1,
          total: wanted.length,
        });
        let file = source;
        if (isC) {
          const compiled = await compile(context, source, includes);
          if (!compiled.ok) return compiled;
          if (!compiled.value.cached) built += 1;
          ({ file } = compiled.value);
        }
        await copyFile(file, to);
      }
      const packed = await run({
        argv: ['tar', '-czf', '-', '--owner=0', '--group=0', '--mode=0755', '-C', scratch, '.'],
        env: { GZIP: undefined },
        capture: true,
        signal: context.signal,
      });
      if (packed.code !== 0)
        return fail('environment', 'tar cannot pack the programs', {
          detail: packed.tail.slice(-5).join('\n'),
        });
      const note = `${wanted.length}, ${built === 0 ? 'nothing to compile' : `${built} compiled`}`;
      return ok({ value: packed.stdout, cached: built === 0, note });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
