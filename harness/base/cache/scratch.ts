// SPDX-License-Identifier: MIT
import { mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { digest } from '../fingerprint.ts';

/** What temporary directories are for. */
const PURPOSES = [
  'vm',
  'apply',
  'mails',
  'revert',
  'revision',
  'parts',
  'helpers',
  'memory',
  'gcov',
  'package',
] as const;

/** What begins so in a store, or among temporary files, is scratch of ours. */
const OURS = new RegExp(`^(?:\\.tmp|kbt-(?:${PURPOSES.join('|')}))-`);

/** Whose it is: pid, start of that process, and the world in which the two mean something. */
const OWNER = /-(\d+)\.(\d+)\.([0-9a-f]{8})-[^-]*$/;

/** Of another world nothing is known but that nobody touched it for a day. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * A new directory for one piece of work beside the entries of a store. What runs
 * that were killed outright left there is taken away first. Throws as `fs` does.
 */
export const scratchIn = async (home: string, prefix = '.tmp'): Promise<string> => {
  await mkdir(home, { recursive: true });
  await sweep(home);
  return mkdtemp(join(home, `${prefix}-${await (self ??= ownName())}-`));
};

/** The same among the temporary files, which must be there; 0700 by mkdtemp. */
export const temporary = async (what: (typeof PURPOSES)[number]): Promise<string> => {
  await sweep(tmpdir());
  return mkdtemp(join(tmpdir(), `kbt-${what}-${await (self ??= ownName())}-`));
};

/** Takes an entry out of its store: not half of it is seen under its name, not for a moment. */
export const takeAway = async (entry: string): Promise<void> => {
  const away = await scratchIn(dirname(entry));
  // Another run may have done it already.
  await rename(entry, join(away, 'entry')).catch(() => undefined);
  await rm(away, { recursive: true, force: true });
};

let self: Promise<string> | undefined;
/** This process, as {@link isLeft} knows it again. */
export const ownName = async (): Promise<string> =>
  [process.pid, await startOf('self'), await world()].join('.');

/** When a process began, in ticks since boot: field 22 of proc_pid_stat(5); undefined where it is gone. */
const startOf = async (pid: string): Promise<string | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
};

/** A boot of a machine and a namespace of pids: elsewhere the same pid is another's. */
const world = async (): Promise<string> => {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const pids = await readlink('/proc/self/ns/pid').catch(() => '');
  return digest(`${boot} ${pids}`).slice(0, 8);
};

/** Once a process for each place is enough. */
const swept = new Map<string, Promise<void>>();

const sweep = (home: string): Promise<void> => {
  const done = swept.get(home) ?? sweepOnce(home);
  swept.set(home, done);
  return done;
};

const sweepOnce = async (home: string): Promise<void> => {
  const names = (await readdir(home).catch(() => [])).filter((name) => OURS.test(name));
  for (const name of names)
    if (await isLeft(home, name))
      // Another user's stays.
      await rm(join(home, name), { recursive: true, force: true }).catch(() => undefined);
};

/** Whether what is called so was left by a process that is gone; of another world a day tells. */
export const isLeft = async (home: string, name: string): Promise<boolean> => {
  const [, pid, start, where] = OWNER.exec(name) ?? [];
  if (pid !== undefined && where === (await world())) return (await startOf(pid)) !== start;
  const what = await stat(join(home, name)).catch(() => undefined);
  return what !== undefined && Date.now() - what.mtimeMs > ABANDONED_MS;
};
