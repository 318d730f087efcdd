// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked, type Token, type Tokens } from 'marked';
import { ROOT } from './kbt.ts';

/** A document of the repository. */
export interface Document {
  /** Relative to the repository. */
  readonly name: string;
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** All documents but those of node packages. */
export const documents = (): readonly Document[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((name) => name !== '')
    .map((name) => {
      const text = readFileSync(join(ROOT, name), 'utf8');
      const tokens: Token[] = [];
      void marked.walkTokens(marked.lexer(text), (token) => {
        tokens.push(token);
      });
      return { name, text, tokens };
    });

/** A block of code, or a few words of it within a sentence. */
export interface Code {
  readonly where: string;
  readonly lines: readonly string[];
  /** It is marked `sh run`: its lines are run on the fake tree. */
  readonly isRun: boolean;
}

export const codeIn = ({ name, tokens }: Document): readonly Code[] =>
  tokens.flatMap((token) => {
    if (token.type !== 'code' && token.type !== 'codespan') return [];
    const { text, lang } = token as Tokens.Code;
    return [{ where: name, lines: text.split('\n'), isRun: lang === 'sh run' }];
  });

/** Words of a shell's line, with its operators as words of their own; quotes are taken off. */
export const wordsOf = (line: string): readonly string[] => {
  const words: string[] = [];
  const word =
    /\s*(?:(#.*)|(\|\||&&|[|;&]|[<>]+\S*)|((?:'[^']*'|"[^"]*"|[^\s'"|;&<>])+|<[\w./=-]+>))/y;
  while (word.lastIndex < line.length) {
    const [, comment, operator, text] = word.exec(line) ?? [];
    if (comment !== undefined || (operator ?? text) === undefined) break;
    words.push(operator ?? text?.replace(/['"]/g, '') ?? '');
  }
  return words;
};

const OPERATOR = /^(?:\|\|?|&&?|;|[<>].*)$/;

/** The commands of a shell's line, without the variables before them and the files after. */
const commandsOf = (line: string): readonly (readonly string[])[] => {
  const commands: string[][] = [[]];
  for (const word of wordsOf(line.replace(/^\s*\$ /, '')))
    if (/^<[\w./=-]+>$/.test(word) || !OPERATOR.test(word)) commands.at(-1)?.push(word);
    else if (!/^[<>]/.test(word)) commands.push([]);
  return commands.map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))));
};

/** What kbt is told in a line of code, once for each time that it is called there. */
export const callsIn = (line: string): readonly (readonly string[])[] =>
  commandsOf(line)
    .flatMap(callIn)
    .filter((call) => call.length > 0);

const callIn = (words: readonly string[]): readonly (readonly string[])[] => {
  const [first = '', second = '', third = ''] = words;
  if (first === 'kbt') return [words.slice(1)];
  if (first === 'npx' && second === 'kbt') return [words.slice(2)];
  if (first.endsWith('ci/start.mjs')) return [words.slice(1)];
  if (first === 'git' && second === 'bisect' && third === 'run')
    return [words.slice(words.findIndex((word) => word.endsWith('ci/start.mjs')) + 1)];
  if (first === 'npm' && second === 'test')
    return [['test', ...words.slice(2).filter((word) => word !== '--')]];
  if (first !== 'npm' || second !== 'run') return [];
  const [script = '', ...rest] = words.slice(2).filter((word) => word !== '-s' && word !== '--');
  return [[script, ...rest]];
};
