// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { About, Emit, Miss, StepName } from './events.ts';
import type { RemoteStore } from './remote/remote-store.ts';
import { fail, type Result } from './result.ts';

/** The directories of files that a person wrote. */
export interface Roots {
  /** kbt itself: what its guests start with, base.config, the variants. */
  readonly root: string;
  /** Whose series are tested: its kernel-patches/ and guest/. May be kbt itself. */
  readonly project: string;
}

/** Variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every step is given besides its data: where to keep things, whom to tell, when to stop. */
export interface Context extends Roots {
  /** The variables of the environment, and those that kbt.yaml sets in their place. */
  readonly env: Environment;
  readonly cache: string;
  /** The cache of another user, of which sources and kernels are read, and nothing written. */
  readonly shared?: string;
  /** A server of which kernels are read, and nothing is written. */
  readonly remote?: RemoteStore;
  readonly emit: Emit;
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** `KBT_CACHE`, or `kbt` under `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory 0.8). */
export const cacheDirectory = (env: Environment): string => {
  if (env['KBT_CACHE']) return resolve(env['KBT_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kbt');
};

/** A file of the project's, or where that has none, kbt's own. */
export const fileOf = ({ root, project }: Roots, ...names: readonly string[]): string => {
  const own = join(project, ...names);
  return existsSync(own) ? own : join(root, ...names);
};

/** A directory of kbt's, and the project's own where that is another one. */
export const directoriesOf = (
  { root, project }: Roots,
  ...names: readonly string[]
): readonly string[] =>
  [...new Set([root, project])].map((place) => join(place, ...names)).filter((d) => existsSync(d));

/** What a step hands to {@link step} to be told apart from work done. */
export interface StepValue<T> {
  readonly value: T;
  readonly cached: boolean;
  /** Why it is not; `not-there` unless named. */
  readonly miss?: Miss;
  /** How many objects, programs and the like were made, where that tells how long it takes. */
  readonly made?: number;
  readonly note?: string;
}

/** Runs one step of the walk: announces it, times it, and ends it one way only. */
export const step = async <T>(
  context: Context,
  name: StepName,
  title: string,
  work: () => Promise<Result<StepValue<T>>>,
): Promise<Result<T>> => {
  if (context.signal.aborted) return interrupted();
  const began = performance.now();
  context.emit({ type: 'step', reason: 'begin', step: name, title });
  const took = (): number => Math.round(performance.now() - began);
  const failed = (): void => {
    const reason = isAborted(context) ? 'stopped' : 'failed';
    context.emit({ type: 'step', reason, step: name, milliseconds: took() });
  };
  const result = await work().catch((error: unknown) => {
    failed();
    throw error;
  });
  const milliseconds = took();
  if (!result.ok) {
    failed();
    return isAborted(context) ? interrupted() : result;
  }
  const { value, cached, miss, made, note } = result.value;
  context.emit({
    type: 'step',
    reason: 'end',
    step: name,
    milliseconds,
    cached,
    ...(miss === undefined ? {} : { miss }),
    ...(made === undefined ? {} : { made }),
    ...(note === undefined ? {} : { note }),
  });
  return { ok: true, value };
};

/** A context whose events say what they belong to. */
export const about = (context: Context, what: About): Context => ({
  ...context,
  emit: (event) => context.emit({ ...what, ...event }),
});

/** A context whose work can be stopped before the signal of the outer one comes. */
export const stoppable = (
  outer: Context,
): { readonly context: Context; readonly stop: () => void } => {
  const controller = new AbortController();
  const signal = AbortSignal.any([outer.signal, controller.signal]);
  return { context: { ...outer, signal }, stop: () => controller.abort() };
};

/** Asked anew each time: the compiler takes a signal once read for constant. */
const isAborted = (context: Context): boolean => context.signal.aborted;

export const interrupted = () => fail('interrupted', 'interrupted');
