// SPDX-License-Identifier: MIT
import type { CommandDescription, OptionDescription, ProgramDescription } from './describe.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for a shell, by which it completes commands, their options, and what those take. */
export const renderCompletion = ({ kbt, commands }: ProgramDescription, shell: Shell): string =>
  ({ bash, zsh, fish })[shell](kbt, commands);

const longs = ({ options }: CommandDescription): readonly string[] =>
  options.flatMap(({ names }) => names.filter((name) => name.startsWith('--')));

/** Of an argument what the shell itself can find. */
const kindOf = ({ argument = '' }: OptionDescription): 'file' | 'directory' | 'other' =>
  /file|path/.test(argument) ? 'file' : argument.includes('dir') ? 'directory' : 'other';

/** In single quotes, as all three read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bash = (kbt: CommandDescription, commands: readonly CommandDescription[]): string => {
  const all = commands.flatMap(({ options }) => options);
  const taking = (kind: string): string =>
    [
      ...new Set(all.filter((o) => o.argument && kindOf(o) === kind).flatMap(({ names }) => names)),
    ].join('|');
  const chosen = new Map(
    all
      .filter(({ choices }) => choices.length > 0)
      .map((o) => [o.names.join('|'), o.choices.join(' ')]),
  );
  return `# kbt for bash: . <(kbt completion bash)
_kbt() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  case $before in
${[...chosen].map(([names, words]) => `    ${names}) COMPREPLY=($(compgen -W ${quoted(words)} -- "$word")); return ;;`).join('\n')}
    ${taking('directory')}) COMPREPLY=($(compgen -d -- "$word")); return ;;
    ${taking('file')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted([...commands.map(({ name }) => name), ...longs(kbt)].join(' '))}
  else
    case \${COMP_WORDS[1]} in
${commands.map((one) => `      ${one.name}) words=${quoted(longs(one).join(' '))} ;;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case $word in -*) ;; *) [ "$COMP_CWORD" = 1 ] || COMPREPLY+=($(compgen -f -- "$word")) ;; esac
}
complete -o filenames -F _kbt kbt
`;
};

const zsh = (_: CommandDescription, commands: readonly CommandDescription[]): string => {
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, (c) => `\\${c}`);
  const option = (o: OptionDescription): string => {
    const action = { file: '_files', directory: '_files -/', other: ' ' }[kindOf(o)];
    const what = o.choices.length > 0 ? `(${o.choices.join(' ')})` : action;
    const argument = o.argument === undefined ? '' : `:${plain(o.argument)}:${what}`;
    return o.names.map((name) => quoted(`*${name}[${plain(o.description)}]${argument}`)).join(' ');
  };
  return `#compdef kbt
# kbt for zsh: kbt completion zsh >"\${fpath[1]}/_kbt"
_kbt() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, description }) => `      ${quoted(`${plain(name)}:${description}`)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map((one) => `    ${one.name}) _arguments ${one.options.map(option).join(' ')} '*: :_files' ;;`).join('\n')}
  esac
}
_kbt "$@"
`;
};

const fish = (_: CommandDescription, commands: readonly CommandDescription[]): string => {
  const option = (command: string, o: OptionDescription): string => {
    const names = o.names.map((name) =>
      name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
    );
    const argument =
      o.argument === undefined
        ? '-f'
        : o.choices.length > 0
          ? `-xa ${quoted(o.choices.join(' '))}`
          : { file: '-rF', directory: `-xa '(__fish_complete_directories)'`, other: '-x' }[
              kindOf(o)
            ];
    return `complete -c kbt -n '__fish_seen_subcommand_from ${command}' ${names.join(' ')} ${argument} -d ${quoted(o.description)}`;
  };
  return `# kbt for fish: kbt completion fish >~/.config/fish/completions/kbt.fish
${commands.map(({ name, description }) => `complete -c kbt -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`).join('\n')}
${commands.flatMap((one) => one.options.map((o) => option(one.name, o))).join('\n')}
`;
};
