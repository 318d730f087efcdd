// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { seal } from './entry.ts';
import { fail, ok, type Failure, type Result } from '../result.ts';
import { scratchIn } from './scratch.ts';

/**
 * Fills a directory and gives it its name only when it is whole: `fill` works
 * in a scratch directory beside it, and a rename makes it visible. What is
 * there under that name already wins.
 */
export const atomicDirectory = async (
  final: string,
  fill: (scratch: string) => Promise<Result<void>>,
): Promise<Result<string>> => {
  if (existsSync(final)) return ok(final);
  const scratch = await scratchIn(dirname(final));
  try {
    const filled = await fill(scratch);
    if (!filled.ok) return filled;
    await seal(scratch);
    await rename(scratch, final);
    return ok(final);
  } catch (error) {
    if (existsSync(final)) return ok(final);
    const failure = systemFailure(error);
    if (failure) return { ok: false, failure };
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/**
 * An entry that other users of the machine may read, as far as the umask lets them read its
 * files: scratch is for its owner alone, and so is what holds keys.
 */
export const openToOthers = (directory: string): Promise<void> => chmod(directory, 0o755);

/** What the operating system refused, as a Failure; undefined for a bug of ours. */
export const systemFailure = (error: unknown): Failure | undefined => {
  const { code = '', path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const file = dest ?? path;
  const at = file === undefined ? {} : { where: file };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('environment', 'no space left', {
        code: 'no-space',
        ...at,
        remedy: 'free some, or point KBT_CACHE at another disk; `kbt clean` removes the caches',
      }).failure;
    case 'ENOENT':
      return fail('environment', 'a file or a directory is gone (ENOENT)', {
        code: 'file-refused',
        ...at,
        remedy: 'look at KBT_CACHE and TMPDIR; nothing may be removed under a run',
      }).failure;
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EMFILE':
    case 'ENFILE':
      return fail('environment', `the system refuses a file (${code})`, {
        code: 'file-refused',
        ...at,
        remedy: 'look at KBT_CACHE, KBT_RESULTS and TMPDIR, and at ulimit -n',
      }).failure;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return fail('environment', `not permitted to write (${code})`, {
        code: 'file-refused',
        ...at,
        remedy: 'point KBT_CACHE at a directory of your own',
      }).failure;
    default:
      return undefined;
  }
};
