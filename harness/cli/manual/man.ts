// SPDX-License-Identifier: MIT
import type { CommandDescription, OptionDescription, ProgramDescription } from './describe.ts';
import { ENVIRONMENT } from './environment.ts';

/** The manual page of kbt, kbt(1), in man(7)'s macros. */
export const renderMan = ({ kbt, commands }: ProgramDescription, version: string): string =>
  [
    `.TH KBT 1 "" "kbt ${version}" "User Commands"`,
    '.SH NAME',
    `kbt \\- ${text(kbt.description)}`,
    '.SH SYNOPSIS',
    ...commands.flatMap(synopsis).slice(0, -1),
    '.SH COMMANDS',
    ...commands.flatMap(described),
    '.SH EXIT STATUS',
    ...verbatim(kbt.more.replace(/^Exit codes:\n/, '')),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${name}`, text(meaning)]),
    '',
  ].join('\n');

const synopsis = ({ name, operands }: CommandDescription): readonly string[] => [
  `.B kbt ${text(name)}`,
  `[\\fIoptions\\fR] ${text(operands.join(' '))}`.trimEnd(),
  '.br',
];

const described = ({ name, description, options, more }: CommandDescription): readonly string[] => [
  `.SS ${text(name)}`,
  text(description),
  ...options.flatMap(optionLines),
  ...(more === '' ? [] : ['.PP', ...verbatim(more)]),
];

const optionLines = ({
  names,
  argument,
  description,
  choices,
}: OptionDescription): readonly string[] => [
  '.TP',
  `\\fB${names.map(text).join('\\fR, \\fB')}\\fR${argument === undefined ? '' : ` ${text(argument)}`}`,
  text(choices.length > 0 ? `${description}: ${choices.join(', ')}` : description),
];

/** Lines that keep their breaks. */
const verbatim = (block: string): readonly string[] => [
  '.nf',
  ...block.split('\n').map(text),
  '.fi',
];

/** Text that is no request and no escape (groff(7)); its dashes can be copied. */
const text = (raw: string): string =>
  raw
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
