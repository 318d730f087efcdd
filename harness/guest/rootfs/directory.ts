// SPDX-License-Identifier: MIT
import { access, constants, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapSome } from '../../base/pool.ts';
import { fail, ok, type Result } from '../../base/result.ts';

/** Files that are looked at at once. */
const AT_ONCE = 32;

/**
 * All below a directory, a line each with what changes when it does: links are not followed.
 * Fails with `usage` at a directory that cannot be read, and where another file system is mounted.
 */
export const listTree = async (directory: string): Promise<Result<readonly string[]>> => {
  const top = await stat(directory, { bigint: true });
  const lines: string[] = [];
  let waiting: readonly string[] = [''];
  while (waiting.length > 0) {
    const found = await mapSome(waiting, { atOnce: AT_ONCE }, (path) => list(directory, path));
    if (!found.ok) return found;
    const entries = found.value.flat();
    const stats = await Promise.all(
      entries.map((path) => lstat(join(directory, path), { bigint: true })),
    ).catch(() => undefined);
    if (!stats)
      return fail('usage', '--rootfs: a file of it is gone, or its name is no UTF-8', {
        where: directory,
        remedy: 'wait until nothing writes to it, or pack it yourself and give the image',
      });
    const mounted = stats.findIndex(({ dev }) => dev !== top.dev);
    if (mounted >= 0)
      return fail('usage', '--rootfs: another file system is in it', {
        where: join(directory, entries[mounted] ?? ''),
        remedy: 'unmount it: kbt mounts /proc, /sys and /dev by itself',
      });
    lines.push(
      ...stats.map(({ mode, size, mtimeNs, ctimeNs, rdev }, index) =>
        [entries[index], mode, size, mtimeNs, ctimeNs, rdev].join(' '),
      ),
    );
    waiting = entries.filter((_, index) => stats[index]?.isDirectory());
  }
  return ok(lines.sort());
};

const list = async (directory: string, path: string): Promise<Result<readonly string[]>> => {
  const names = await readdir(join(directory, path)).catch(() => undefined);
  return names ? ok(names.map((name) => join(path, name))) : unreadable(join(directory, path));
};

const unreadable = (file: string) =>
  fail('usage', '--rootfs: a file of it cannot be read', {
    where: file,
    remedy: 'make it readable for yourself: kbt packs it as a file of root’s, and is not root',
  });

/** Looks whether all regular files of a list can be read. Fails with `usage` at the first that cannot. */
export const checkReadable = async (
  directory: string,
  tree: readonly string[],
): Promise<Result<void>> => {
  const checked = await mapSome(tree, { atOnce: AT_ONCE }, async (line) => {
    const [, path = '', mode = ''] = /^(.*) (\d+) \d+ -?\d+ -?\d+ \d+$/s.exec(line) ?? [];
    if ((Number(mode) & constants.S_IFMT) !== constants.S_IFREG) return ok(undefined);
    const file = join(directory, path);
    return access(file, constants.R_OK).then(
      () => ok(undefined),
      () => unreadable(file),
    );
  });
  return checked.ok ? ok(undefined) : checked;
};
