// SPDX-License-Identifier: MIT
import { OUTCOMES } from '../../base/outcome.ts';
import { KINDS } from '../../kernel-log/kinds.ts';
import { DEVICES } from '../../run/tests/program-needs.ts';
import { CONFIG, VARIABLES } from '../settings/config.ts';
import type { CommandDescription, OptionDescription, ProgramDescription } from './describe.ts';
import { ENVIRONMENT } from './environment.ts';

/** An option that so many commands share is explained once. */
const SHARED = 3;

/** REFERENCE.md: all that is declared, for people. A test compares the file with it. */
export const renderReference = ({ kbt, commands }: ProgramDescription): string => {
  const global = kbt.options;
  const shared = sharedOf(commands, global);
  return [
    '# Reference',
    '',
    '<!-- Generated: npx kbt man --markdown >harness/REFERENCE.md -->',
    'All commands, options, variables, keys and outcomes, as the program declares them. For what',
    'to do with them, begin with [README.md](../README.md).',
    '',
    ...contents(commands),
    '## Commands',
    ...commands.flatMap((command) => commandLines(command, shared, global)),
    '',
    '## Options of several commands',
    '',
    ...optionTable([...shared.values()]),
    '',
    '## Options of all commands',
    '',
    ...optionTable(global),
    '',
    '## Exit codes',
    '',
    ...verbatim(kbt.more.replace(/^Exit codes:\n/, '').replace(/^ {2}/gm, '')),
    '',
    '## Outcomes',
    '',
    ...table(
      ['outcome', 'TAP', 'JUnit', 'exit code'],
      Object.entries(OUTCOMES).map(([outcome, { tapOk, directive, junit, exitCode }]) => [
        code(outcome),
        `${tapOk ? 'ok' : 'not ok'}${directive === undefined ? '' : ` # ${directive}`}`,
        junit ?? '',
        String(exitCode),
      ]),
    ),
    '',
    '## Environment variables',
    '',
    ...table(
      ['variable', 'meaning'],
      ENVIRONMENT.map(([name, meaning]) => [code(name), meaning]),
    ),
    '',
    '## kbt.yaml',
    '',
    'Options under their long names, and variables. The command line and the environment count',
    'before the file.',
    '',
    ...table(
      ['key', 'stands for'],
      Object.keys(CONFIG.shape).map((key) => [code(key), code(variableOf(key) ?? `--${key}`)]),
    ),
    '',
    '## Kernel reports',
    '',
    'What `report=` of a program takes, and the kinds that a result names:',
    '',
    list([...new Set(KINDS.map(({ kind }) => kind))].sort()),
    '',
    '## Devices',
    '',
    'What `device=` of a program takes:',
    '',
    list(DEVICES),
    '',
  ].join('\n');
};

type Shared = ReadonlyMap<string, OptionDescription>;

/** Two options are one where they are declared alike. */
const keyOf = ({ names, argument, description }: OptionDescription): string =>
  [names.join(' '), argument, description].join('\n');

const sharedOf = (
  commands: readonly CommandDescription[],
  global: readonly OptionDescription[],
): Shared => {
  const all = commands.flatMap((command) => own(command, global));
  const often = all.filter((one) => all.filter((o) => keyOf(o) === keyOf(one)).length >= SHARED);
  return new Map(often.map((one) => [keyOf(one), one]));
};

/** The options of a command but for those that all have. */
const own = (
  { options }: CommandDescription,
  global: readonly OptionDescription[],
): readonly OptionDescription[] =>
  options.filter((option) => !global.some((other) => keyOf(other) === keyOf(option)));

const contents = (commands: readonly CommandDescription[]): readonly string[] => [
  ...table(
    ['command', 'what it does'],
    commands.map(({ name, description }) => [
      `[${name}](#kbt-${name.replace(' ', '-')})`,
      description,
    ]),
  ),
  '',
];

const commandLines = (
  command: CommandDescription,
  shared: Shared,
  global: readonly OptionDescription[],
): readonly string[] => {
  const { name, description, operands, more } = command;
  const options = own(command, global);
  const alone = options.filter((option) => !shared.has(keyOf(option)));
  const others = options.filter((option) => shared.has(keyOf(option)));
  const names = others.map((option) => code(option.names.at(-1) ?? ''));
  return [
    '',
    `### kbt ${name}`,
    '',
    ...verbatim(['kbt', name, '[options]', ...operands].join(' ')),
    '',
    `${description}.`.replace(/([.?!])\.$/, '$1'),
    ...(alone.length > 0 ? ['', ...optionTable(alone)] : []),
    ...(others.length > 0
      ? ['', 'And of the [options of several commands](#options-of-several-commands):', ...names]
      : []),
    ...(more === '' ? [] : ['', more]),
  ];
};

const optionTable = (options: readonly OptionDescription[]): readonly string[] =>
  table(
    ['option', 'meaning'],
    options.map(({ names, argument, description, choices, fallback }) => [
      code(`${names.join(', ')}${argument === undefined ? '' : ` ${argument}`}`),
      [
        description,
        choices.length > 0 ? `: ${choices.map(code).join(', ')}` : '',
        fallback === undefined ? '' : ` (default: ${code(fallback)})`,
      ].join(''),
    ]),
  );

const variableOf = (key: string): string | undefined =>
  (VARIABLES as Readonly<Record<string, string>>)[key];

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const list = (names: readonly string[]): string => names.map(code).join(', ');

const verbatim = (block: string): readonly string[] =>
  block.split('\n').map((line) => `    ${line}`.trimEnd());

const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
];
