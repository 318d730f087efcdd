// SPDX-License-Identifier: MIT
import { setMaxListeners } from 'node:events';
import { existsSync, readdirSync, type Dirent } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cacheDirectory, type Context, type Environment, type Roots } from '../base/context.ts';
import type { Emit } from '../base/events.ts';
import { RemoteStore } from '../base/remote/remote-store.ts';
import { readRemote } from '../base/remote/settings.ts';

/** What this file is a part of, compiled (dist/harness/cli) or not. */
const ownRoot = (): string => {
  const parts = import.meta.dirname.split('/');
  const levels = parts.includes('dist') ? 3 : 2;
  return join(import.meta.dirname, ...Array<string>(levels).fill('..'));
};

/**
 * A kbt.yaml makes a directory a project, and kernel-patches/ with a directory in it does: a
 * series that lacks something is a mistake to be told, and no reason to test another.
 */
const isProject = (directory: string): boolean => {
  if (existsSync(join(directory, 'kbt.yaml'))) return true;
  try {
    return readdirSync(join(directory, 'kernel-patches'), { withFileTypes: true }).some(
      isDirectory,
    );
  } catch {
    // Not there, a file, or nobody's business.
    return false;
  }
};

const isDirectory = (entry: Dirent): boolean => entry.isDirectory();

/**
 * kbt itself, and the project that it works for: the directory nearest to the current one,
 * upwards, that has series or a kbt.yaml. Without one it is kbt's own repository, or the
 * current directory where kbt is installed as a package.
 */
export const roots = (): Roots => {
  const root = ownRoot();
  for (let here = process.cwd(); ; here = dirname(here)) {
    if (isProject(here)) return { root, project: here };
    if (here === dirname(here)) break;
  }
  const isPackage = root.split('/').includes('node_modules');
  return { root, project: isPackage ? process.cwd() : root };
};

/**
 * The context of one command, whose signal follows SIGINT and SIGTERM. A second
 * signal is not waited for: what runs is already being ended.
 */
export const openSession = (env: Environment, emit: Emit) => {
  const aborter = new AbortController();
  // Every process and connection of a run listens to it.
  setMaxListeners(0, aborter.signal);
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received ??= signal;
    aborter.abort(signal);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  const remote = readRemote(env);
  const context: Context = {
    ...roots(),
    cache: cacheDirectory(env),
    ...(env['KBT_SHARED'] ? { shared: resolve(env['KBT_SHARED']) } : {}),
    // What it says wrong was told before any command began; see invocationOf().
    ...(remote.ok && remote.value ? { remote: new RemoteStore(remote.value) } : {}),
    env,
    emit,
    signal: aborter.signal,
  };
  return {
    context,
    /** 130 or 143 where a signal came, otherwise `code`. */
    exitCode: (code: number): number =>
      received === undefined ? code : received === 'SIGINT' ? 130 : 143,
  };
};
