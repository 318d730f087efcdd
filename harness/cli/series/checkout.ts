// SPDX-License-Identifier: MIT
import { relative, resolve } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { checkOutSeries } from '../../series/checkout/checkout.ts';
import { exportSeries } from '../../series/checkout/export.ts';
import { remembered } from '../../series/checkout/remembered.ts';
import { readAllSeries, type Series } from '../../series/series.ts';
import { acquireSource } from '../../source/acquire.ts';
import { readPin } from '../../source/pin.ts';
import type { Source } from '../../source/source.ts';
import { attempt } from '../attempt.ts';
import type { Invocation } from '../invocation.ts';
import { specOf } from '../options/resolve.ts';

/** What both commands work on. */
interface Subject {
  readonly source: Source;
  readonly series: Series;
}

/** `kbt series checkout NAME [DIR]`: a clone in which each patch is a commit. */
export const checkoutCommand = async (
  words: readonly string[],
  invocation: Invocation,
): Promise<number> => {
  const run = await attemptOn(words, invocation, async (context, { source, series }) => {
    const directory = resolve(words[1] ?? `linux-${series.name}`);
    const made = await checkOutSeries(context, source, series, directory);
    return made.ok ? ok({ directory, series }) : made;
  });
  const { result, refuse, exitCode } = run;
  if (!result.ok) return refuse(result.failure);
  const { directory, series } = result.value;
  const count = series.patches.length;
  process.stdout.write(
    `${relative(process.cwd(), directory)}: branch ${series.name}, ${count} commit${count === 1 ? '' : 's'} above kbt-base\n`,
  );
  return exitCode(0);
};

/** `kbt series export NAME [DIR]`: its commits back into the files. */
export const exportCommand = async (
  words: readonly string[],
  invocation: Invocation,
): Promise<number> => {
  const run = await attemptOn(words, invocation, async (context, { source, series }) => {
    const known = await remembered(context, series);
    const [, asked = known?.directory] = words;
    if (asked === undefined)
      return fail('usage', `nobody has checked ${series.name} out`, {
        remedy: `kbt series checkout ${series.name}`,
      });
    return exportSeries(context, source, series, resolve(asked));
  });
  const { result, refuse, exitCode } = run;
  if (!result.ok) return refuse(result.failure);
  const { written, removed, unchanged } = result.value;
  const lines = [
    ...written.map((name) => `+ ${name}`),
    ...removed.map((name) => `- ${name}`),
    `${unchanged} unchanged`,
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return exitCode(0);
};

/** Does the work of a command on the series that its words name. */
const attemptOn = <T>(
  words: readonly string[],
  invocation: Invocation,
  work: (context: Context, subject: Subject) => Promise<Result<T>>,
) =>
  attempt(invocation, async (context) => {
    const subject = await subjectOf(context, words, invocation);
    return subject.ok ? work(context, subject.value) : subject;
  });

const subjectOf = async (
  context: Context,
  [name, , ...more]: readonly string[],
  invocation: Invocation,
): Promise<Result<Subject>> => {
  if (name === undefined || more.length > 0)
    return fail('usage', 'a series and at most a directory are wanted');
  const spec = specOf(invocation);
  if (!spec.ok) return spec;
  const series = await readAllSeries(context.project, { named: [name] });
  if (!series.ok) return series;
  const [only] = series.value;
  if (!only) return fail('usage', `there is no series ${name}`, { where: context.project });
  const pin = await readPin(context);
  if (!pin.ok) return pin;
  const { given, frozen } = spec.value.kernel.source;
  const source = await acquireSource(context, pin.value, { given, frozen });
  return source.ok ? ok({ source: source.value, series: only }) : source;
};
