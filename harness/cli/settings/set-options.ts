// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Environment } from '../../base/context.ts';
import { declarationsOf, nameOf } from '../options/declare.ts';
import type { Settings } from './config.ts';

/**
 * Gives a command the options that kbt.yaml sets and its line does not: all but those that
 * become a part of its spec (see specOf()). Gives the environment with the variables that
 * kbt.yaml sets and the environment does not.
 */
export const setOptions = async (
  command: CommandUnknownOpts,
  files: readonly Settings[],
  environment: Environment,
): Promise<Environment> => {
  if (files.length === 0) return environment;
  const { VARIABLES } = await import('./config.ts');
  const env = { ...environment };
  for (const [key, value] of Object.entries(joined(files))) {
    const variable = (VARIABLES as Readonly<Record<string, string>>)[key];
    if (variable !== undefined) env[variable] ||= String(value);
    else setOption(command, key, value);
  }
  return env;
};

/** All files as one; the first counts most. */
export const joined = (files: readonly Settings[]): Settings =>
  Object.assign({}, ...files.toReversed()) as Settings;

const setOption = (command: CommandUnknownOpts, key: string, value: unknown): void => {
  const option = command.options.find(({ long }) => long === `--${key}`);
  if (!option || declarationsOf(command).some((one) => nameOf(one) === key)) return;
  const name = option.attributeName();
  const source = command.getOptionValueSource(name);
  if (source === undefined || source === 'default')
    command.setOptionValueWithSource(name, value, 'config');
};
