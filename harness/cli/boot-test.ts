// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { bootTest } from '../run/boot-test.ts';
import { attempt } from './attempt.ts';
import type { Invocation } from './invocation.ts';
import { deliverRuns, oneRun } from './results/deliver-runs.ts';
import { specOf } from './options/resolve.ts';
import { resultDirectory } from './results/outputs.ts';
import type { RenderingOptions } from './results/rendering-options.ts';

export const bootTestCommand = async (
  options: RenderingOptions,
  invocation: Invocation,
): Promise<number> => {
  const directory = resultDirectory(invocation);
  const done = await attempt(invocation, async (context) => {
    const spec = specOf(invocation, { over: { output: { directory } } });
    return spec.ok ? bootTest(context, spec.value) : spec;
  });
  if (!done.result.ok)
    return done.refuse(done.result.failure, {
      json: options.json,
      own: join(directory, 'result.json'),
    });
  return deliverRuns(oneRun(done, directory), directory, options);
};
