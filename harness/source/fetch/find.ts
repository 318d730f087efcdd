// SPDX-License-Identifier: MIT
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Context } from '../../base/context.ts';
import { fail, ok, type Failure, type Result } from '../../base/result.ts';
import { choose, fromDebian, offered, originOf } from './debian.ts';
import { fromKernelOrg } from './kernel-org.ts';
import { upstreamOf, type Pin } from '../pin.ts';
import { roomForPinned } from './room.ts';
import type { Found, Source, SourceOptions } from '../source.ts';
import { storedSources } from '../stored.ts';

/** Not unpacked yet, or in the store already after all. */
export type Whereabouts =
  | { readonly kind: 'found'; readonly found: Found }
  | { readonly kind: 'stored'; readonly stored: Source };

/**
 * Looks for a source where the user says, at kernel.org, then in Debian. One
 * that does not answer is passed over. Fails with `environment`, telling what
 * each said.
 */
export const findSource = async (
  context: Context,
  pin: Pin,
  store: string,
  options: SourceOptions,
): Promise<Result<Whereabouts>> => {
  if (options.given !== undefined) return givenSource(options.given);
  // With one in the store it may come to nothing but that.
  if ((await storedSources(store, pin)).length === 0) {
    const room = await roomForPinned(store);
    if (!room.ok) return room;
  }
  const passedOver: Failure[] = [];
  const vanilla = await fromKernelOrg(context, pin);
  if (vanilla.ok) return ok({ kind: 'found', found: vanilla.value });
  passedOver.push(vanilla.failure);
  context.emit({
    type: 'warning',
    text: `${vanilla.failure.what}${vanilla.failure.detail ? ` (${vanilla.failure.detail})` : ''}; trying Debian's package`,
  });
  const versions = await offered(context, pin.debian.package);
  const version = choose(pin.version, versions);
  if (version !== undefined) {
    if (options.frozen && upstreamOf(version) !== pin.version)
      return fail('environment', `--frozen: Linux ${pin.version} is offered nowhere`, {
        code: 'source-unavailable',
        detail: `Debian offers ${versions.join(', ')}`,
        remedy: 'give the tarball with --source, or move the pin: kbt pin --update',
      });
    // The nearest to a pin that is gone is fetched once, not at every run.
    const origin = originOf(pin, version);
    const before = (await storedSources(store, pin)).find((source) => source.origin === origin);
    if (before) return ok({ kind: 'stored', stored: before });
    const debian = await fromDebian(context, pin, version);
    if (debian.ok) return ok({ kind: 'found', found: debian.value });
    passedOver.push(debian.failure);
  } else {
    passedOver.push(
      fail('environment', `apt offers no ${pin.debian.package}`, {
        code: 'source-unavailable',
        detail: 'no apt here, or its lists are empty: apt-get update',
      }).failure,
    );
  }
  return fail('environment', `no source for Linux ${pin.version}`, {
    code: 'source-unavailable',
    detail: passedOver.map((f) => `${f.what}${f.detail ? `: ${f.detail}` : ''}`).join('\n'),
    remedy: `give a tarball or directory: --source linux-${pin.version}.tar.xz`,
  });
};

const givenSource = async (given: string): Promise<Result<Whereabouts>> => {
  const path = resolve(given);
  const what = await stat(path).catch(() => undefined);
  if (!what)
    return fail('environment', `--source: there is no ${given}`, { code: 'source-unavailable' });
  const form = what.isDirectory() ? 'directory' : 'tarball';
  return ok({
    kind: 'found',
    found: { path, kind: form, origin: given, expected: undefined },
  });
};
