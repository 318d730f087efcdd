// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Tokens } from 'marked';
import { describe, expect, test } from 'vitest';
import {
  describeProgram,
  type CommandDescription,
  type OptionDescription,
} from '../../harness/cli/manual/describe.ts';
import { program } from '../../harness/cli/program.ts';
import { callsIn, codeIn, documents, wordsOf, type Document } from '../support/documents.ts';
import { ROOT } from '../support/kbt.ts';

const DOCUMENTS = documents();
/** What is generated is checked by being generated. */
const WRITTEN = DOCUMENTS.filter(({ name }) => name !== 'harness/REFERENCE.md');
const { kbt, commands } = describeProgram(program(() => Promise.resolve()));

/** A word that stands for another: FILE, NAME, X. */
const isPlaceholder = (word: string): boolean => /^[A-Z][A-Z/]*$/.test(word);

/** What is wrong with a call of kbt; undefined where nothing is. */
const mistakeIn = ([name = '', ...words]: readonly string[]): string | undefined => {
  if (isPlaceholder(name)) return undefined;
  if (name.startsWith('-')) return mistakeInWords(kbt, [name, ...words]);
  const command = commands.find((one) => one.name === name);
  if (command) return mistakeInWords(command, words);
  const [second = '', ...others] = words;
  const nested = commands.find((one) => one.name === `${name} ${second}`);
  return nested ? mistakeInWords(nested, others) : mistakeInScript(name, words);
};

const mistakeInWords = (
  { name, options, operands }: CommandDescription,
  words: readonly string[],
): string | undefined => {
  const waiting = [...words];
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (!word.startsWith('-')) {
      if (operands.length === 0) return `${name} takes no ${word}`;
      continue;
    }
    const [said = '', ...given] = word.split('=');
    const option = options.find(({ names }) => names.includes(said));
    if (!option) return `${name} has no option ${said}`;
    if (option.argument === undefined) continue;
    const isOptional = option.argument.startsWith('[');
    if (isOptional && waiting[0]?.startsWith('-') !== false) continue;
    const value = given.length > 0 ? given.join('=') : waiting.shift();
    const wrong = mistakeInValue(option, value);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
};

const mistakeInValue = (
  { names, choices }: OptionDescription,
  value: string | undefined,
): string | undefined => {
  if (value === undefined) return `${names.join(', ')} takes a value`;
  if (choices.length === 0 || choices.includes(value) || isPlaceholder(value)) return undefined;
  return `${names.join(', ')} does not take ${value}`;
};

const SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  }
).scripts;

/** A command of ci/, which declares its options to node's own parser, or a script of npm's. */
const mistakeInScript = (name: string, words: readonly string[]): string | undefined => {
  if (SCRIPTS[name] === undefined) return `there is no command ${name}`;
  const home = join(ROOT, 'ci', name);
  const sources = existsSync(home) ? readdirSync(home).filter((file) => file.endsWith('.ts')) : [];
  const text = sources.map((file) => readFileSync(join(home, file), 'utf8')).join('\n');
  const odd = words.find((word) => word.startsWith('--') && !text.includes(`${word.slice(2)}: {`));
  return odd === undefined ? undefined : `${name} has no option ${odd}`;
};

const CALLS = WRITTEN.flatMap((document) =>
  codeIn(document).flatMap(({ where, lines }) =>
    lines.flatMap((line) => callsIn(line).map((call) => ({ where, line, call }))),
  ),
);

describe('a command line of the documents', () => {
  test('names a command that there is, and options that it declares', () => {
    const wrong = CALLS.map(({ where, line, call }) => ({ where, line, why: mistakeIn(call) }));
    expect(wrong.filter(({ why }) => why !== undefined)).toEqual([]);
    expect(CALLS.length).toBeGreaterThan(50);
  });

  test('is read as a shell reads it', () => {
    expect(
      callsIn("$ A=1 npx kbt boot-test --run 'a | b' >out && kbt man | man -l - # why"),
    ).toEqual([['boot-test', '--run', 'a | b'], ['man']]);
    expect(callsIn('git bisect run ~/kbt/ci/start.mjs bisect-step --test smoke')).toEqual([
      ['bisect-step', '--test', 'smoke'],
    ]);
    expect(callsIn('npm run -s report -- --schema')).toEqual([['report', '--schema']]);
    expect(callsIn('kbt: boot-test needs')).toEqual([]);
    expect(wordsOf('kbt merge <results...>')).toEqual(['kbt', 'merge', '<results...>']);
  });

  test.for([
    [['boot-tset'], 'there is no command boot-tset'],
    [['boot-test', '--serie', 'none'], 'boot-test has no option --serie'],
    [['boot-test', '--accel', 'hvf'], '--accel does not take hvf'],
    [['boot-test', '--tests'], '--tests takes a value'],
    [['doctor', 'all'], 'doctor takes no all'],
    [['nightly', '--god', 'x'], 'nightly has no option --god'],
  ] as const)('that is wrong, %j, is noticed', ([call, why]) => {
    expect(mistakeIn(call)).toBe(why);
  });
});

test('an option that a sentence names is one of a command', () => {
  const known = new Set(
    [kbt, ...commands].flatMap(({ options }) => options.flatMap(({ names }) => names)),
  );
  const said = WRITTEN.flatMap((document) =>
    codeIn(document).flatMap(({ where, lines }) =>
      lines
        .filter((line) => line.startsWith('--'))
        .flatMap((line) => /^--[\w-]+/.exec(line) ?? [])
        .map((option) => ({ where, option })),
    ),
  ).filter(({ option }) => !isPlaceholder(option.slice(2)));
  expect(said.filter(({ option }) => !known.has(option))).toEqual([]);
  expect(said.length).toBeGreaterThan(20);
});

/** As GitHub makes an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsIn = ({ tokens }: Document): readonly string[] =>
  tokens.flatMap((token) =>
    token.type === 'heading' ? [anchorOf((token as Tokens.Heading).text)] : [],
  );

test('a link leads to a file that there is, and to a heading in it', () => {
  const lost = DOCUMENTS.flatMap((document) =>
    document.tokens.flatMap((token) => {
      if (token.type !== 'link') return [];
      const { href } = token as Tokens.Link;
      if (/^[a-z]+:/.test(href)) return [];
      const [path = '', anchor] = href.split('#');
      const name = path === '' ? document.name : normalize(join(dirname(document.name), path));
      if (!existsSync(join(ROOT, name))) return [`${document.name}: there is no ${href}`];
      const other = [name, join(name, 'README.md')];
      const target = DOCUMENTS.find((one) => other.includes(one.name));
      return anchor === undefined || (target && anchorsIn(target).includes(anchor))
        ? []
        : [`${document.name}: there is no heading for ${href}`];
    }),
  );
  expect(lost).toEqual([]);
});

/** A file that a sentence names, from where the document is, from the top, or within harness/. */
test('a file that a sentence names is there', () => {
  const named = WRITTEN.flatMap(({ name, tokens }) =>
    tokens.flatMap((token) => {
      if (token.type !== 'codespan') return [];
      const { text } = token as Tokens.Codespan;
      const isFile = /^[\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|json|ya?ml|config|[ch])$/.test(text);
      return isFile && !text.split(/[/.]/).some(isPlaceholder) ? [{ name, text }] : [];
    }),
  ).filter(({ name }) => !name.startsWith('kernel-patches/synos/'));
  const lost = named.filter(({ name, text }) =>
    [dirname(name), '.', 'harness'].every((home) => !existsSync(join(ROOT, home, text))),
  );
  expect(lost).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
});

test('README.md can be read at one sitting', () => {
  const readme = DOCUMENTS.find(({ name }) => name === 'README.md');
  expect(readme?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});
