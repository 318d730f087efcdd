// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../base/context.ts';
import { fail, ok, type Result } from '../../base/result.ts';
import type { Settings } from './config.ts';
import { roots } from '../session.ts';

const projectFile = (): string => join(roots().project, 'kbt.yaml');

/** The files that are there, the one that counts most first: the project's, the user's. */
export const settingsFiles = (env: Environment): readonly string[] =>
  [
    projectFile(),
    join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'kbt', 'kbt.yaml'),
  ].filter((file) => existsSync(file));

/** What the files say, each by itself, the one that counts most first. Fails with `usage`, naming line and column. */
export const settings = async (env: Environment): Promise<Result<readonly Settings[]>> => {
  const files = settingsFiles(env);
  if (files.length === 0) return ok([]);
  // Few have one, and a command has to begin at once: what reads it is loaded only now.
  const { readSettings } = await import('./config.ts');
  const read: Settings[] = [];
  for (const file of files) {
    const one = await readSettings(file);
    if (!one.ok) return one;
    if (file === projectFile() && 'remote-trust' in one.value)
      return fail('usage', `${file}: remote-trust is not for a project to say`, {
        where: file,
        detail: 'who changes a project would decide whose kernels its users boot',
        remedy: 'each user says it: in ~/.config/kbt/kbt.yaml, or by KBT_REMOTE_TRUST',
      });
    read.push(one.value);
  }
  return ok(read);
};
