// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { countHits } from '../base/cache/hits.ts';
import { exitCodeOf, type Failure, type Result } from '../base/result.ts';
import { announceRun } from '../base/cache/runs.ts';
import { keepSizeBound } from '../base/cache/size-bound.ts';
import { learnTimes } from '../base/cache/took.ts';
import { keepStepTimes } from '../base/step-times.ts';
import { systemFailure } from '../base/cache/store.ts';
import { renderFailure } from '../report/terminal/failure.ts';
import { openView } from '../report/terminal/terminal.ts';
import { failedResult } from '../run/result/failed.ts';
import { writeOutputs } from './results/outputs.ts';
import { openSession } from './session.ts';
import type { Invocation } from './invocation.ts';

/** The work of a command that is over, and how the command ends. */
export interface Attempt<T> {
  readonly result: Result<T>;
  /** Says what is wrong, tells it to machines where that is wanted, and gives the exit code for it. */
  readonly refuse: (failure: Failure, told?: Told) => Promise<number>;
  /** 130 or 143 where a signal came, otherwise `code`. */
  readonly exitCode: (code: number) => number;
}

/** Where the result of what failed is written, in the form of a result.json. */
interface Told {
  readonly json?: string | undefined;
  /** A file among those of the results; what a person got wrong on the command line leaves none. */
  readonly own?: string;
  /** In place of the exit code that the failure stands for. */
  readonly code?: number;
}

/**
 * Does a command's work with its progress on stderr. What the system refuses is
 * a Failure, no exception. A walk whose steps come again and again is shown
 * `asLog`: the live list has each of them once. What only looks `learns` nothing of the cache.
 */
export const attempt = async <T>(
  { env, volume }: Invocation,
  work: (context: Context) => Promise<Result<T>>,
  { asLog = false, learns = true } = {},
): Promise<Attempt<T>> => {
  const view = openView(process.stderr, volume, asLog);
  const counter = countHits(view.emit);
  const learner = learnTimes(counter.emit);
  const session = openSession(env, learner.emit);
  const started = new Date();
  const { context, steps } = keepStepTimes(session.context);
  let result: Result<T>;
  let over: (() => Promise<void>) | undefined;
  try {
    over = await announceRun(context.cache);
    result = await work(context);
    if (learns) await Promise.all([counter, learner].map((one) => one.keep(context.cache)));
    await keepSizeBound(context);
  } catch (error) {
    const failure = systemFailure(error);
    if (!failure) throw error;
    result = { ok: false, failure };
  } finally {
    await over?.();
    await view.close();
  }
  return {
    result,
    exitCode: session.exitCode,
    refuse: async (failure, { json, own, code = exitCodeOf(failure.kind) } = {}) => {
      const exitCode = session.exitCode(code);
      const text = `${JSON.stringify(failedResult(failure, started, steps, exitCode), null, 2)}\n`;
      const written = await writeOutputs([
        [failure.kind === 'usage' ? undefined : own, text],
        [json, text],
      ]);
      // It must stay the last thing that is said.
      for (const each of [...(written.ok ? [] : [written.failure]), failure])
        process.stderr.write(`${renderFailure(each)}\n`);
      return exitCode;
    },
  };
};
