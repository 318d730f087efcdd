// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Environment } from '../base/context.ts';
import { ok, type Result } from '../base/result.ts';
import { readRemote } from '../base/remote/settings.ts';
import type { Volume } from '../report/terminal/plain.ts';
import { setOptions } from './settings/set-options.ts';
import { settings } from './settings/settings.ts';
import type { Settings } from './settings/config.ts';

/** One command as it was called, with all that is set for it elsewhere. */
export interface Invocation {
  /** Its options, read. */
  readonly command: CommandUnknownOpts;
  /** What each kbt.yaml says, the file that counts most first. */
  readonly files: readonly Settings[];
  /** The environment; kbt.yaml gives the variables that it lacks. */
  readonly env: Environment;
  /** How much of the progress stderr shows. */
  readonly volume: Volume;
}

/** Does the work of a command that was called, and keeps its exit code. */
export type Act = (
  command: CommandUnknownOpts,
  work: (invocation: Invocation) => Promise<number>,
) => Promise<void>;

/** Reads what is set for a command. Fails with `usage` where a kbt.yaml is wrong. */
export const invocationOf = async (
  command: CommandUnknownOpts,
  environment: Environment,
): Promise<Result<Invocation>> => {
  const files = await settings(environment);
  if (!files.ok) return files;
  const env = await setOptions(command, files.value, environment);
  const remote = readRemote(env);
  if (!remote.ok) return remote;
  return ok({ command, files: files.value, env, volume: volumeOf(command.optsWithGlobals()) });
};

/** --quiet wins over --verbose. */
const volumeOf = ({ quiet, verbose }: { quiet?: boolean; verbose?: boolean }): Volume =>
  quiet ? 'quiet' : verbose ? 'verbose' : 'usual';
