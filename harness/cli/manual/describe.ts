// SPDX-License-Identifier: MIT
import type { CommandUnknownOpts } from '@commander-js/extra-typings';

/** An option as a shell or a manual needs it. */
export interface OptionDescription {
  /** `--cpus`, and `-h` where there is one. */
  readonly names: readonly string[];
  /** `<n>`; undefined where it takes none. */
  readonly argument: string | undefined;
  readonly description: string;
  readonly choices: readonly string[];
  /** What holds without it; undefined where that is nothing, or no. */
  readonly fallback: string | undefined;
}

export interface CommandDescription {
  /** `boot-test`; of a group of commands both words, `series import`. */
  readonly name: string;
  readonly description: string;
  /** `<results...>` */
  readonly operands: readonly string[];
  readonly options: readonly OptionDescription[];
  /** What --help says after the options. */
  readonly more: string;
}

/** All of the command line. */
export interface ProgramDescription {
  readonly kbt: CommandDescription;
  readonly commands: readonly CommandDescription[];
  /** The first words of {@link commands}: of a group of them the group's own. */
  readonly words: readonly Word[];
}

/** A first word of a command line. */
export interface Word {
  readonly name: string;
  readonly description: string;
  /** Second words that may come after it; none for what is a command by itself. */
  readonly seconds: readonly Omit<Word, 'seconds'>[];
}

/** The command line as it is declared: kbt itself, and its commands, which take its options too. */
export const describeProgram = (kbt: CommandUnknownOpts): ProgramDescription => {
  const commands = kbt.commands.flatMap((command) =>
    command.commands.length === 0
      ? [describe(command, kbt.options)]
      : command.commands.map((one) => ({
          ...describe(one, kbt.options),
          name: `${command.name()} ${one.name()}`,
        })),
  );
  const words = kbt.commands.map((command) => ({
    ...wordOf(command),
    seconds: command.commands.map(wordOf),
  }));
  return { kbt: describe(kbt), commands, words };
};

const wordOf = (command: CommandUnknownOpts): Omit<Word, 'seconds'> => ({
  name: command.name(),
  description: command.description(),
});

const describe = (
  command: CommandUnknownOpts,
  shared: CommandUnknownOpts['options'] = [],
): CommandDescription => ({
  name: command.name(),
  description: command.description(),
  operands: command.registeredArguments.map((operand) => {
    const name = `${operand.name()}${operand.variadic ? '...' : ''}`;
    return operand.required ? `<${name}>` : `[${name}]`;
  }),
  options: [...[...command.options, ...shared].map(describeOption), HELP],
  more: after(command),
});

const describeOption = ({
  short,
  long,
  flags,
  description,
  argChoices,
  defaultValue,
}: CommandUnknownOpts['options'][number]): OptionDescription => ({
  names: [short, long].filter((name) => name !== undefined),
  argument: /[<[].*[>\]]/.exec(flags)?.[0],
  description,
  choices: argChoices ?? [],
  fallback: ['number', 'string', 'object'].includes(typeof defaultValue)
    ? String(defaultValue) || undefined
    : undefined,
});

/** An option of every command, which commander adds by itself. */
const HELP: OptionDescription = {
  names: ['-h', '--help'],
  argument: undefined,
  description: 'this help',
  choices: [],
  fallback: undefined,
};

/** What is printed after the help proper, which commander keeps to itself until it prints. */
const after = (command: CommandUnknownOpts): string => {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.slice(command.helpInformation().length).trim();
};
