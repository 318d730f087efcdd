// SPDX-License-Identifier: MIT
import type {
  CommandDescription,
  OptionDescription,
  ProgramDescription,
  Word,
} from './describe.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script for a shell, by which it completes commands, their options, and what those take. */
export const renderCompletion = (program: ProgramDescription, shell: Shell): string =>
  ({ bash, zsh, fish })[shell](program);

/** The first words that want a second one. */
const groupsOf = (words: readonly Word[]): readonly Word[] =>
  words.filter(({ seconds }) => seconds.length > 0);

const longs = ({ options }: CommandDescription): readonly string[] =>
  options.flatMap(({ names }) => names.filter((name) => name.startsWith('--')));

/** Of an argument what the shell itself can find. */
const kindOf = ({ argument = '' }: OptionDescription): 'file' | 'directory' | 'other' =>
  /file|path/.test(argument) ? 'file' : argument.includes('dir') ? 'directory' : 'other';

/** In single quotes, as all three read them. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const bash = ({ kbt, commands, words }: ProgramDescription): string => {
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
  local command=\${COMP_WORDS[1]} first=1
  case $command in
    ${groupsOf(words)
      .map(({ name }) => name)
      .join('|')}) first=2 ;;
  esac
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted([...words.map(({ name }) => name), ...longs(kbt)].join(' '))}
  else
    [ "$first" = 1 ] || [ "$COMP_CWORD" = 2 ] || command+=" \${COMP_WORDS[2]}"
    case $command in
${groupsOf(words)
  .map(
    ({ name, seconds }) =>
      `      ${name}) words=${quoted(seconds.map((one) => one.name).join(' '))} ;;`,
  )
  .join('\n')}
${commands.map((one) => `      ${quoted(one.name)}) words=${quoted(longs(one).join(' '))} ;;`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  case $word in -*) ;; *) [ "$COMP_CWORD" -le "$first" ] || COMPREPLY+=($(compgen -f -- "$word")) ;; esac
}
complete -o filenames -F _kbt kbt
`;
};

const zsh = ({ commands, words }: ProgramDescription): string => {
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, (c) => `\\${c}`);
  const option = (o: OptionDescription): string => {
    const action = { file: '_files', directory: '_files -/', other: ' ' }[kindOf(o)];
    const what = o.choices.length > 0 ? `(${o.choices.join(' ')})` : action;
    const argument = o.argument === undefined ? '' : `:${plain(o.argument)}:${what}`;
    return o.names.map((name) => quoted(`*${name}[${plain(o.description)}]${argument}`)).join(' ');
  };
  const list = (all: readonly Omit<Word, 'seconds'>[]): string =>
    all.map(({ name, description }) => quoted(`${plain(name)}:${description}`)).join(' ');
  return `#compdef kbt
# kbt for zsh: kbt completion zsh >"\${fpath[1]}/_kbt"
_kbt() {
  local -a commands
  if (( CURRENT == 2 )); then
    commands=(${list(words)})
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${groupsOf(words)
  .map(
    ({ name, seconds }) => `    ${name})
      if (( CURRENT == 2 )); then
        commands=(${list(seconds)})
        _describe command commands
        return
      fi
      command+=" $words[2]"
      shift words
      (( CURRENT-- )) ;;`,
  )
  .join('\n')}
  esac
  case $command in
${commands.map((one) => `    ${quoted(one.name)}) _arguments ${one.options.map(option).join(' ')} '*: :_files' ;;`).join('\n')}
  esac
}
_kbt "$@"
`;
};

const fish = ({ commands, words }: ProgramDescription): string => {
  const seen = (command: string): string =>
    command
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
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
    return `complete -c kbt -n '${seen(command)}' ${names.join(' ')} ${argument} -d ${quoted(o.description)}`;
  };
  return `# kbt for fish: kbt completion fish >~/.config/fish/completions/kbt.fish
${words.map(({ name, description }) => `complete -c kbt -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`).join('\n')}
${groupsOf(words)
  .flatMap(({ name: group, seconds }) => {
    const others = seconds.map(({ name }) => name).join(' ');
    const when = `'${seen(group)}; and not __fish_seen_subcommand_from ${others}'`;
    return seconds.map(
      ({ name, description }) =>
        `complete -c kbt -n ${when} -f -a ${name} -d ${quoted(description)}`,
    );
  })
  .join('\n')}
${commands.flatMap((one) => one.options.map((o) => option(one.name, o))).join('\n')}
`;
};
