// SPDX-License-Identifier: MIT
import { relative, resolve } from 'node:path';
import { fail, ok, type Failure, type Result } from '../../base/result.ts';
import { renderStandings } from '../../report/series/standings.ts';
import { remembered } from '../../series/checkout/remembered.ts';
import { outlook } from '../../series/rebase/outlook.ts';
import { rebase } from '../../series/rebase/rebase.ts';
import type { Standing } from '../../series/rebase/standing.ts';
import { readPin } from '../../source/pin.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { specOf } from '../options/resolve.ts';
import type { Asked } from './checkout.ts';
import { readOne } from './read-one.ts';

export interface RebaseOptions {
  readonly onto?: string;
  readonly dryRun: boolean;
}

/** What is said in the end. */
interface Told {
  readonly lines: readonly string[];
  /** Nobody has to merge anything, as far as that is known. */
  readonly smooth: boolean;
  readonly failure?: Failure;
}

/**
 * Tells how each patch stands to another source, and puts the branch of the checkout there. The
 * exit code is 2 where a person has to merge something.
 */
export const rebaseCommand = async (
  { name, directory: given }: Asked,
  { onto, dryRun }: RebaseOptions,
  invocation: Invocation,
): Promise<number> => {
  const { result, refuse, exitCode } = await attempt(
    invocation,
    async (context): Promise<Result<Told>> => {
      const spec = specOf(invocation);
      if (!spec.ok) return spec;
      const { source } = spec.value.kernel;
      if (onto !== undefined && source.tree === undefined)
        return fail('usage', '--onto goes with --tree alone');
      const series = await readOne(context, name);
      if (!series.ok) return series;
      const pin = await readPin(context);
      if (!pin.ok) return pin;
      const move = { series: series.value, pin: pin.value, to: { ...source, onto } };
      const found = await outlook(context, move);
      if (!found.ok) return found;
      const lines = await renderStandings(found.value);
      const smooth = found.value.standings.every(isSmooth);
      if (dryRun) return ok({ lines, smooth });
      const known = await remembered(context, series.value);
      const directory = resolve(given ?? known?.directory ?? `linux-${name}`);
      const done = await rebase(context, found.value, directory);
      if (!done.ok) return done;
      const { commits, stopped } = done.value;
      const where = relative(process.cwd(), directory) || '.';
      const count = `${commits} commit${commits === 1 ? '' : 's'} above kbt-base`;
      const all = [...lines, `${where}: branch ${name}, ${count}`];
      const failure = stopped === undefined ? undefined : hasStopped(name, directory, stopped);
      // What is unclear git am has put somewhere: a person has to look.
      const isClear = found.value.standings.every(({ kind }) => kind !== 'unclear');
      return ok({ lines: all, smooth: isClear, ...(failure ? { failure } : {}) });
    },
  );
  if (!result.ok) return refuse(result.failure);
  const { lines, smooth, failure } = result.value;
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return failure ? refuse(failure) : exitCode(smooth ? 0 : 2);
};

const isSmooth = ({ kind }: Standing): boolean =>
  kind === 'applies' || kind === 'moved' || kind === 'there';

const hasStopped = (name: string, where: string, detail: string): Failure =>
  fail('unbuildable', 'git am has stopped at a conflict', {
    ...{ where, detail },
    remedy: `mend it there, then git am --continue; and then kbt series export ${name}`,
  }).failure;
