// SPDX-License-Identifier: MIT
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { run } from '../../base/process/process.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import { scratchIn } from '../../base/cache/scratch.ts';
import { upstreamOf, type Pin } from '../pin.ts';
import type { Found } from '../source.ts';

/** The package versions on offer, newest first; empty without apt. */
export const offered = async (
  context: Context,
  packageName: string,
): Promise<readonly string[]> => {
  const ended = await run({
    argv: ['apt-cache', 'madison', packageName],
    capture: true,
    signal: context.signal,
  });
  if (ended.code !== 0) return [];
  return ended.stdout
    .toString()
    .split('\n')
    .map((line) => line.split('|')[1]?.trim() ?? '')
    .filter((version) => version !== '');
};

/** What a source says of itself that came out of this package version. */
export const originOf = (pin: Pin, version: string): string =>
  `Debian package ${pin.debian.package}=${version}`;

/**
 * Of the versions on offer the one to take: the pinned one, or else the 6.12.y
 * whose last number is nearest to it.
 */
export const choose = (pinned: string, versions: readonly string[]): string | undefined => {
  const patch = (version: string): number => Number(upstreamOf(version).split('.')[2]);
  const distance = (version: string): number =>
    Math.abs(patch(version) - Number(pinned.split('.')[2]));
  return [...versions]
    .filter((version) => version.startsWith('6.12.'))
    .sort((a, b) => distance(a) - distance(b))[0];
};

/** The source tarball out of one Debian package, which is not installed. */
export const fromDebian = async (
  context: Context,
  pin: Pin,
  version: string,
): Promise<Result<Found>> => {
  const { package: name, versions } = pin.debian;
  const downloads = join(context.cache, 'downloads');
  const scratch = await scratchIn(downloads);
  const failed = (what: string, tail: readonly string[]) =>
    fail('environment', what, { code: 'download-failed', detail: tail.slice(-5).join('\n') });
  try {
    const got = await run({
      argv: ['apt-get', 'download', `${name}=${version}`],
      cwd: scratch,
      signal: context.signal,
      timeout: 1800,
    });
    const [deb] = (await readdir(scratch)).filter((f) => f.endsWith('.deb'));
    if (got.code !== 0 || deb === undefined)
      return failed(`apt cannot download ${name}=${version}`, got.tail);
    const unpacked = await run({
      argv: ['dpkg-deb', '-x', deb, 'x'],
      cwd: scratch,
      signal: context.signal,
    });
    if (unpacked.code !== 0) return failed(`dpkg-deb cannot unpack ${deb}`, unpacked.tail);
    const file = join(downloads, `${name}-${version}.tar.xz`);
    await rename(join(scratch, 'x', 'usr', 'src', `${name}.tar.xz`), file);
    return ok({
      path: file,
      kind: 'tarball',
      origin: originOf(pin, version),
      expected: versions[version],
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};
