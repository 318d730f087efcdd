// SPDX-License-Identifier: MIT
// npx starts a shell, and the shell starts us. Who ends npx means us. Plain JavaScript
// with node: modules only: it runs before anything is installed.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** How often it is looked whether they still live. */
const LOOK_MS = 200;

/** @param {number} pid @param {string} file */
const read = (pid, file) => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
};

/** The parent of a process; 0 where it is gone (proc(5): the name before it may hold anything). */
const parentOf = (pid) => {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
};

/** @param {number} pid */
const isNpx = (pid) => /^npm exec|\bnpx(?:-cli\.js)?\0/.test(read(pid, 'cmdline'));

/**
 * Ends us by SIGTERM once npx is gone, or the shell between. npx passes SIGINT and SIGTERM on:
 * to us where the shell is one that gives way to its last command, as bash does (.npmrc); to a
 * shell that does not give way otherwise, which dies of SIGTERM. It is looked at again and
 * again because node has neither prctl nor pidfd, and a kill of npx is no event of ours.
 */
export const tieToNpx = () => {
  if (process.env.npm_command !== 'exec') return;
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const isDirect = isNpx(parent);
  if (!isDirect && !isNpx(grandparent)) return;
  const look = setInterval(() => {
    if (process.ppid === parent && (isDirect || parentOf(parent) === grandparent)) return;
    clearInterval(look);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  look.unref();
};
