// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { countHits } from '../base/hits.ts';
import { exitCodeOf, type Failure, type Result } from '../base/result.ts';
import { announceRun } from '../base/runs.ts';
import { keepSizeBound } from '../base/size-bound.ts';
import { systemFailure } from '../base/store.ts';
import { renderFailure } from '../report/failure.ts';
import { openView } from '../report/terminal.ts';
import { openSession } from './session.ts';
import { volume } from './volume.ts';

/** The work of a command that is over, and how the command ends. */
export interface Attempt<T> {
  readonly result: Result<T>;
  /** Says what is wrong, and gives the exit code for it. */
  readonly refuse: (failure: Failure) => number;
  /** 130 or 143 where a signal came, otherwise `code`. */
  readonly exitCode: (code: number) => number;
}

/**
 * Does a command's work with its progress on stderr. What the system refuses is
 * a Failure, no exception. A walk whose steps come again and again is shown
 * `asLog`: the live list has each of them once.
 */
export const attempt = async <T>(
  work: (context: Context) => Promise<Result<T>>,
  { asLog = false } = {},
): Promise<Attempt<T>> => {
  const view = openView(process.stderr, volume(), asLog);
  const counter = countHits(view.emit);
  const session = openSession(counter.emit);
  let result: Result<T>;
  let over: (() => Promise<void>) | undefined;
  try {
    over = await announceRun(session.context.cache);
    result = await work(session.context);
    await counter.keep(session.context.cache);
    await keepSizeBound(session.context);
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
    refuse: (failure) => {
      process.stderr.write(`${renderFailure(failure)}\n`);
      return session.exitCode(exitCodeOf(failure.kind));
    },
  };
};
