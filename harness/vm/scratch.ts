// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^kbt-vm-(\d+)-/;

/**
 * A directory for the sockets of a VM; 0700 by mkdtemp: nobody else connects. It
 * bears our pid, by which those of runs that were killed outright are found and
 * taken away first.
 */
export const vmDirectory = async (): Promise<string> => {
  swept ??= sweep();
  await swept;
  return mkdtemp(join(tmpdir(), `kbt-vm-${process.pid}-`));
};

/** Once a process is enough. */
let swept: Promise<void> | undefined;

const sweep = async (): Promise<void> => {
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    // Another user's stays.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
};
