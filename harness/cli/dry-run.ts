// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, type Result } from '../base/result.ts';
import type { RunSpec } from '../run/spec.ts';
import { attempt } from './attempt.ts';
import type { Invocation } from './invocation.ts';
import { specOf } from './options/resolve.ts';

/** The option of commands that can say what they would do. */
export interface DryRunOption {
  readonly dryRun: boolean;
}

/** Looks at what a command would do, as lines for a person. */
export type Foresee = (context: Context, spec: RunSpec) => Promise<Result<readonly string[]>>;

/** Options that name files of results, which a dry run has none of. */
const FILES = ['tap', 'json', 'html', 'junit', 'mail', 'summary', 'annotations', 'kcidb'];

/** Says what a command would do, and does nothing of it. What is wrong ends it as it would the command. */
export const dryRun = async (invocation: Invocation, foresee: Foresee): Promise<number> => {
  const { command } = invocation;
  const { result, refuse, exitCode } = await attempt(
    invocation,
    (context) => {
      const file = FILES.find((name) => command.getOptionValueSource(name) === 'cli');
      if (file !== undefined)
        return Promise.resolve(
          fail('usage', `--dry-run has no result that --${file} could take`, {
            remedy: 'leave out one of the two',
          }),
        );
      const spec = specOf(invocation);
      return spec.ok ? foresee(context, spec.value) : Promise.resolve(spec);
    },
    { learns: false },
  );
  if (!result.ok) return refuse(result.failure);
  process.stdout.write(result.value.map((line) => `${line}\n`).join(''));
  return exitCode(0);
};
