// SPDX-License-Identifier: MIT
import type { Context } from '../../base/context.ts';
import type { Failure, Result } from '../../base/result.ts';
import type { RunSpec } from '../../run/spec.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { BOOTED_ONCE, specOf, type OwnPatches } from '../options/resolve.ts';
import { deliver, type Delivery } from './deliver.ts';
import { resultDirectory } from './outputs.ts';
import type { OutputFiles } from './rendering-options.ts';

/** A command that builds and runs several kernels and comes to one result. */
export interface Walk<T> extends Omit<Delivery<T>, 'directory' | 'options'> {
  /** What it asks for by itself; each kernel is booted once, from its beginning, unless named. */
  readonly patches?: OwnPatches;
  /** Its progress is a log: the live view shows each step once. Yes, unless named. */
  readonly asLog?: boolean;
  readonly work: (context: Context, spec: RunSpec) => Promise<Result<T>>;
}

/** Does a walk in a new directory of results, and delivers what it comes to; gives the exit code. */
export const deliverWalk = async <T extends object>(
  invocation: Invocation,
  options: OutputFiles,
  { patches = BOOTED_ONCE, asLog = true, work, ...delivery }: Walk<T>,
): Promise<number> => {
  const directory = resultDirectory(invocation);
  const over = { ...patches.over, output: { directory } };
  const done = await attempt(
    invocation,
    async (context) => {
      const spec = specOf(invocation, { ...patches, over });
      return spec.ok ? work(context, spec.value) : spec;
    },
    { asLog },
  );
  const code = await deliver(done, { ...delivery, directory, options });
  // Why it ended before its time is the last thing that is said.
  const stopped = done.result.ok ? stoppedBy(done.result.value) : undefined;
  return stopped ? done.refuse(stopped) : code;
};

/** Walks that show what they have when the environment fails say why they ended. */
const stoppedBy = (value: { readonly stopped?: Failure } | object): Failure | undefined =>
  'stopped' in value ? value.stopped : undefined;
