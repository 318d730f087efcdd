// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Context } from '../../base/context.ts';
import { digestFile } from '../../base/fingerprint.ts';
import { ok, type Result } from '../../base/result.ts';
import { newestPin } from '../../source/fetch/newest.ts';
import type { Pin } from '../../source/pin.ts';
import type { Source } from '../../source/source.ts';
import { cachedSource } from '../../source/stored.ts';
import { prepare, sourceFor, withSource, type Sourced } from '../prepare.ts';
import type { Inputs } from '../inputs.ts';
import type { RunSpec } from '../spec.ts';

/** A context for one who only looks: a store elsewhere is not asked, and only warnings are said. */
export const lookingOnly = (outer: Context): Context => {
  const { remote, ...context } = outer;
  if (remote) outer.emit({ type: 'warning', text: 'the store of KBT_REMOTE is not asked' });
  return {
    ...context,
    emit: (event) => {
      if (event.type === 'warning') outer.emit(event);
    },
  };
};

/**
 * The source that the spec asks for, where it is here; undefined where it would have to be
 * fetched or unpacked. Fails as {@link sourceFor} does.
 */
export const sourceAtHand = async (
  context: Context,
  asked: RunSpec['kernel']['source'],
  inputs: Inputs,
): Promise<Result<Source | undefined>> => {
  if (asked.tree === undefined) {
    const pin = asked.newest ? await newestPin(context, inputs.pin) : ok(inputs.pin);
    if (!pin.ok) return pin;
    if (!(await isHere(context, asked.given, pin.value))) return ok(undefined);
  }
  return sourceFor(context, asked, inputs);
};

const isHere = async (
  { cache, shared }: Context,
  given: string | undefined,
  pin: Pin,
): Promise<boolean> => {
  if (given !== undefined) {
    const what = await stat(resolve(given)).catch(() => undefined);
    // What is not there is refused, and a directory is looked through at every run.
    if (!what?.isFile()) return true;
    return existsSync(join(cache, 'source', await digestFile(resolve(given))));
  }
  const stores = [cache, ...(shared === undefined ? [] : [shared])];
  const found = await Promise.all(stores.map((one) => cachedSource(join(one, 'source'), pin)));
  return found.some((source) => source !== undefined);
};

/** What is said where the source is not here. */
export const NOT_HERE = 'the source is not here: to fetch or unpack; the rest is not known yet';

/** Prepares, with a source that is here; undefined where it is not. */
export const prepareAtHand = async (
  context: Context,
  spec: RunSpec,
): Promise<Result<Sourced | undefined>> => {
  const prepared = await prepare(context, spec);
  if (!prepared.ok) return prepared;
  const { inputs } = prepared.value;
  const source = await sourceAtHand(context, spec.kernel.source, inputs);
  if (!source.ok) return source;
  return source.value ? withSource(context, prepared.value) : ok(undefined);
};
