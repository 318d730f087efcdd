// SPDX-License-Identifier: MIT
import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { SpecPatch } from '../../run/spec.ts';

/** An option, declared once: the parser, help, completion, manual and kbt.yaml come out of this. */
export interface Declaration {
  /** `--cpus <n>` */
  readonly flags: string;
  readonly help: string;
  /** Reads the value, after that of an earlier one where it may be repeated; throws as commander wants. */
  readonly parse?: (text: string, before: never) => unknown;
  readonly choices?: readonly string[];
  /** The variable that gives it where the command line does not. */
  readonly variable?: string;
  /** A key of kbt.yaml of the same name gives it; what stands there. */
  readonly inFile?: 'words' | 'number' | 'seconds' | 'text' | 'choice';
  /** Options that contradict it when both are typed. */
  readonly excludes?: readonly string[];
  /** Options before which all but the command line gives way. */
  readonly yields?: readonly string[];
  /** The option without which it means nothing. */
  readonly goesWith?: string;
  /** What it asks for. */
  readonly patch: (value: never) => SpecPatch;
}

/** Types a declaration by what its option is read as. */
export const declare = <T>(
  declaration: Omit<Declaration, 'parse' | 'patch'> & {
    readonly parse?: (text: string, before: T | undefined) => T;
    readonly patch: (value: T) => SpecPatch;
  },
): Declaration => declaration;

/** `series-dir` of `--series-dir <dir>`; of `--no-fork` too `fork`. */
export const nameOf = ({ flags }: Declaration): string =>
  /--(?:no-)?([\w-]+)/.exec(flags)?.[1] ?? '';

/** The declarations of a command's options; others it reads by itself. */
const declared = new WeakMap<CommandUnknownOpts, readonly Declaration[]>();

export const declarationsOf = (command: CommandUnknownOpts): readonly Declaration[] =>
  declared.get(command) ?? [];

/** Gives a command these options. */
export const withOptions = <C extends CommandUnknownOpts>(
  command: C,
  declarations: readonly Declaration[],
): C => {
  for (const { flags, help, parse, choices } of declarations) {
    const option = new Option(flags, help);
    if (choices) option.choices(choices);
    if (parse) option.argParser(parse as (text: string, before: unknown) => unknown);
    command.addOption(option);
  }
  declared.set(command, [...declarationsOf(command), ...declarations]);
  return command;
};
