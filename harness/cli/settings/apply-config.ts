// SPDX-License-Identifier: MIT
import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { declarationsOf, nameOf } from '../options/declare.ts';
import { settings } from './settings.ts';

/**
 * Gives a command what kbt.yaml says, where neither its line nor the environment does: all
 * but what becomes a part of its spec (see specOf()). Throws as commander does for wrong
 * usage, once that is said.
 */
export const applyConfig = async (command: CommandUnknownOpts): Promise<void> => {
  const files = await settings(process.env);
  if (!files.ok) {
    const { renderFailure } = await import('../../report/terminal/failure.ts');
    process.stderr.write(`${renderFailure(files.failure)}\n`);
    throw new CommanderError(1, 'kbt.config', files.failure.what);
  }
  if (files.value.length === 0) return;
  const { VARIABLES } = await import('./config.ts');
  const all = Object.assign({}, ...files.value.toReversed()) as Readonly<Record<string, unknown>>;
  for (const [key, value] of Object.entries(all)) {
    const variable = (VARIABLES as Readonly<Record<string, string>>)[key];
    if (variable !== undefined) process.env[variable] ||= String(value);
    else setOption(command, key, value);
  }
};

const setOption = (command: CommandUnknownOpts, key: string, value: unknown): void => {
  const option = command.options.find(({ long }) => long === `--${key}`);
  if (!option || declarationsOf(command).some((one) => nameOf(one) === key)) return;
  const name = option.attributeName();
  const source = command.getOptionValueSource(name);
  if (source === undefined || source === 'default')
    command.setOptionValueWithSource(name, value, 'config');
};
