// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import { bootTest } from '../run/boot-test.ts';
import { ok } from '../base/result.ts';
import { renderForeseen } from '../report/series/foreseen.ts';
import { foreseeRun } from '../run/foresee/foresee-run.ts';
import { attempt } from './attempt.ts';
import { dryRun, type DryRunOption } from './dry-run.ts';
import type { Invocation } from './invocation.ts';
import { deliverRuns, oneRun } from './results/deliver-runs.ts';
import { specOf } from './options/resolve.ts';
import { resultDirectory } from './results/outputs.ts';
import type { RenderingOptions } from './results/rendering-options.ts';

export const bootTestCommand = async (
  options: RenderingOptions & DryRunOption,
  invocation: Invocation,
): Promise<number> => {
  if (options.dryRun)
    return dryRun(invocation, async (context, spec) => {
      const run = await foreseeRun(context, spec);
      return run.ok ? ok(renderForeseen(run.value.steps)) : run;
    });
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
