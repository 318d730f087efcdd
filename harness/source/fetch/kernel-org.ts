// SPDX-License-Identifier: MIT
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { ok, type Result } from '../../base/result.ts';
import { download } from './download.ts';
import type { Pin } from '../pin.ts';
import type { Found } from '../source.ts';

/** KBT_KERNEL_MIRROR names a mirror that is laid out as kernel.org's /pub/linux/kernel is. */
export const mirror = ({ env }: Context): string =>
  env['KBT_KERNEL_MIRROR'] ?? 'https://cdn.kernel.org/pub/linux/kernel';

/** The release tarball of kernel.org, flavour vanilla. */
export const fromKernelOrg = async (context: Context, pin: Pin): Promise<Result<Found>> => {
  const name = `linux-${pin.version}.tar.xz`;
  const url = `${mirror(context)}/v6.x/${name}`;
  const got = await download(context, url, join(context.cache, 'downloads', name));
  if (!got.ok) return got;
  return ok({
    path: got.value,
    kind: 'tarball',
    origin: url,
    expected: pin['kernel.org'].sha256 ?? undefined,
  });
};
