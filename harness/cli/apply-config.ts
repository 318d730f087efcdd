// SPDX-License-Identifier: MIT
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { places } from './session.ts';

/** The files that are there, the one that counts most first: the project's, the user's. */
export const configFiles = (env: NodeJS.ProcessEnv): readonly string[] =>
  [
    join(places().project, 'kbt.yaml'),
    join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'kbt', 'kbt.yaml'),
  ].filter((file) => existsSync(file));

/** What stands for what is tested: with one of them the usual series are not meant. */
const SUBJECTS = { series: ['seriesDir', 'tree', 'kernel'], variant: ['kernel'] } as const;

/**
 * Gives a command what kbt.yaml says, where neither its line nor the environment does.
 * Throws as commander does for wrong usage, once that is said.
 */
export const applyConfig = async (command: CommandUnknownOpts): Promise<void> => {
  const files = configFiles(process.env);
  if (files.length === 0) return;
  // Few have one, and a command has to begin at once: what reads it is loaded only now.
  const { readConfig, VARIABLES } = await import('./config.ts');
  const config = await readConfig(files);
  if (!config.ok) {
    const { renderFailure } = await import('../report/failure.ts');
    process.stderr.write(`${renderFailure(config.failure)}\n`);
    throw new CommanderError(1, 'kbt.config', config.failure.what);
  }
  for (const [key, value] of Object.entries(config.value)) {
    const variable = (VARIABLES as Readonly<Record<string, string>>)[key];
    if (variable !== undefined) process.env[variable] ||= String(value);
    else setOption(command, key, value);
  }
};

const setOption = (command: CommandUnknownOpts, key: string, value: unknown): void => {
  const option = command.options.find(({ long }) => long === `--${key}`);
  if (!option) return;
  const name = option.attributeName();
  const source = command.getOptionValueSource(name);
  const others = (SUBJECTS as Readonly<Record<string, readonly string[]>>)[name] ?? [];
  const isSaid = (other: string): boolean => command.getOptionValue(other) !== undefined;
  // Its subject is a tree: the one in which it stands, unless named.
  const hasSubject = others.length > 0 && command.name() === 'bisect-step';
  if ((source === undefined || source === 'default') && !hasSubject && !others.some(isSaid))
    command.setOptionValueWithSource(name, value, 'config');
};
