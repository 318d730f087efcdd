// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../base/context.ts';
import { digestFile, fingerprint, type Fingerprint } from '../../base/fingerprint.ts';
import { scratchIn, takeAway } from '../../base/cache/scratch.ts';
import { identity } from '../../vm/identity.ts';
import type { Machine } from '../../vm/machine.ts';
import type { Vm } from '../../vm/vm.ts';

/** A booted VM's saved state, in the store or about to be. */
export interface Snapshot {
  readonly fingerprint: Fingerprint;
  readonly directory: string;
  /** Bytes of memory and devices, as QEMU wrote them. */
  readonly state: string;
  /** The kernel's log until then. */
  readonly console: string;
}

/** Raise it when what is saved, or at which moment, changes. */
const RECIPE = 1;

/** How many are kept: each is some 40 MiB, and an edited kernel makes the last one useless. */
const KEPT = 8;

/**
 * Where the state of a machine is kept; undefined where its forks would share
 * their random numbers, because the kernel does not know VMGENID.
 */
export const snapshotOf = async (
  context: Context,
  machine: Machine,
  kernelConfig: string,
): Promise<Snapshot | undefined> => {
  const config = await readFile(kernelConfig, 'utf8').catch(() => '');
  if (!/^CONFIG_VMGENID=y$/m.test(config)) return undefined;
  const key = fingerprint({
    recipe: RECIPE,
    // Of the bytes: the keys of an image are no part of its own fingerprint.
    kernel: await digestFile(machine.kernel),
    image: await digestFile(machine.initrd),
    ...(await identity(machine)),
  });
  const directory = join(context.cache, 'snapshots', key);
  return {
    fingerprint: key,
    directory,
    state: join(directory, 'state'),
    console: join(directory, 'console.log'),
  };
};

export const isSaved = (snapshot: Snapshot): boolean => existsSync(snapshot.directory);

/** A state that has been saved and is not in the store before it proves good. */
export interface Draft {
  /** Gives it its name. What is there under that name already wins. */
  readonly commit: (consoleFile: string) => Promise<void>;
  readonly discard: () => Promise<void>;
}

/** Saves a VM beside the store; undefined when that does not work, which costs nothing but time. */
export const draft = async (vm: Vm, snapshot: Snapshot): Promise<Draft | undefined> => {
  const home = join(snapshot.directory, '..');
  const scratch = await scratchIn(home).catch(() => undefined);
  if (scratch === undefined) return undefined;
  const discard = () => rm(scratch, { recursive: true, force: true });
  const written = await vm.save(join(scratch, 'state')).catch(() => false);
  if (!written) {
    await discard();
    return undefined;
  }
  const commit = async (consoleFile: string): Promise<void> => {
    try {
      await copyFile(consoleFile, join(scratch, 'console.log'));
      await writeFile(join(scratch, 'sha256'), await digestFile(join(scratch, 'state')));
      await rename(scratch, snapshot.directory);
      await prune(home);
    } catch {
      // Another run was first, or there is no space: then the next run boots.
      await discard();
    }
  };
  return { commit, discard };
};

/** Whether the saved bytes are those that were written; then the state counts as used now. */
export const isWhole = async (snapshot: Snapshot): Promise<boolean> => {
  const [written, found] = await Promise.all([
    readFile(join(snapshot.directory, 'sha256'), 'utf8').catch(() => ''),
    digestFile(snapshot.state).catch(() => undefined),
  ]);
  const now = new Date();
  await utimes(snapshot.directory, now, now).catch(() => undefined);
  return written === found;
};

/** Removes a state that does not work. */
export const remove = ({ directory }: Snapshot): Promise<void> => takeAway(directory);

const prune = async (home: string): Promise<void> => {
  const names = (await readdir(home)).filter((name) => !name.startsWith('.'));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, used: (await stat(join(home, name))).mtimeMs })),
  );
  for (const { name } of dated.sort((a, b) => b.used - a.used).slice(KEPT))
    await rm(join(home, name), { recursive: true, force: true });
};
