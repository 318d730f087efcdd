// SPDX-License-Identifier: MIT
import type { Context } from '../base/context.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { acquireSource } from './acquire.ts';
import { offered } from './fetch/debian.ts';
import { newestPin } from './fetch/newest.ts';
import { writePin, type Pin } from './pin.ts';
import type { Source } from './source.ts';

/** The Debian package versions that apt offers just now. */
export const offers = (context: Context, pin: Pin): Promise<readonly string[]> =>
  offered(context, pin.debian.package);

/**
 * Moves the pin to the newest 6.12.y on offer, fetches it and records its
 * digest: what is written was seen. Fails with `environment`.
 */
export const movePin = async (context: Context, pin: Pin): Promise<Result<Source>> => {
  const newest = await newestPin(context, pin);
  if (!newest.ok) return newest;
  const moved = newest.value;
  const { version } = moved;
  const source = await acquireSource(context, moved, { given: undefined, frozen: false });
  if (!source.ok) return source;
  const { flavour, digest, origin, unpinned } = source.value;
  if (unpinned)
    return fail('environment', `${version} is not to be had`, { code: 'source-unavailable' });
  const debianVersion = /=(\S+)$/.exec(origin)?.[1];
  await writePin(
    context,
    flavour === 'vanilla'
      ? { ...moved, 'kernel.org': { flavour, sha256: digest } }
      : {
          ...moved,
          debian: {
            ...moved.debian,
            versions: {
              ...moved.debian.versions,
              ...(debianVersion === undefined ? {} : { [debianVersion]: digest }),
            },
          },
        },
  );
  return ok({ ...source.value, verified: true });
};
