// SPDX-License-Identifier: MIT
import type { Ended } from './process.ts';
import type { Failure } from '../result.ts';

/**
 * What make and the compiler say where one of theirs was killed: make of a command
 * of its own, of a shell's, and gcc of cc1.
 */
const KILLED = /\*\*\* \[.*\] (?:Killed|Error 137)$|: Killed signal terminated program /;

/** What compilers say on a full disk, and the shell, which has the same words for a broken one. */
const FULL = /No space left on device|: (?:echo|printf): .*(?:I\/O|write) error/;

/**
 * Why a build failed, where that says nothing of what was built: no space, or a
 * signal from outside, as from the out-of-memory killer. Undefined for all else.
 */
export const starved = (
  what: string,
  { signal, tail }: Pick<Ended, 'signal' | 'tail'>,
): Failure | undefined => {
  const full = tail.find((line) => FULL.test(line));
  if (full !== undefined)
    return {
      kind: 'environment',
      code: 'no-space',
      what: `no space left while building ${what}`,
      detail: full,
      remedy: 'free some, or point KBT_CACHE and TMPDIR at another disk',
    };
  const killed = tail.find((line) => KILLED.test(line));
  if (signal === undefined && killed === undefined) return undefined;
  return {
    kind: 'environment',
    code: 'build-killed',
    what: `what builds ${what} was killed from outside (${signal ?? 'SIGKILL'})`,
    ...(killed === undefined ? {} : { detail: killed }),
    remedy: 'memory may be short: the log of the host’s kernel tells',
  };
};
