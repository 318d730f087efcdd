// SPDX-License-Identifier: MIT
import { git } from '../base/process/git.ts';
import { conditionsAround } from './around.ts';
import type { Option } from './fragment.ts';

/**
 * The reason why an option did not survive olddefconfig, read off the Kconfig
 * text: the symbol is not there, it has no prompt, or a symbol that it or a
 * block around it depends on has another value.
 */
export const whyLost = async (
  tree: string,
  option: Option,
  config: ReadonlyMap<string, string>,
): Promise<string> => {
  const symbol = option.name.replace(/^CONFIG_/, '');
  const found = await git(
    ['grep', '-nE', '-A40', `^[[:space:]]*(menu)?config ${symbol}$`, '--', '*Kconfig*'],
    { cwd: tree },
  );
  const lines = found.stdout.toString();
  if (lines === '') return `this tree knows no ${symbol}`;
  const [, file = '', line = ''] = /^([^:]+):(\d+):/.exec(lines) ?? [];
  const text = lines.replaceAll(/^(?:[^:\n]+:\d+:|.+?-\d+-)/gm, '');
  const block = text.split(/\n(?=(?:menu)?config |endmenu|endif|choice|menu )/)[0] ?? '';
  const selecting = option.value === 'n' ? await selectors(tree, symbol, config) : [];
  if (selecting.length > 0) return `it is selected by ${selecting.join(', ')}`;
  const own = [...block.matchAll(/^\s+depends on (.*)$/gm)].map(([, said = '']) => said);
  const around = await conditionsAround(tree, file, Number(line));
  const said = [
    ...own.map((expression) => `depends on ${expression}`),
    ...around.map((one) => `stands under ${one.expression} (${one.file})`),
  ];
  const names = [...own, ...around.map(({ expression }) => expression)]
    .flatMap((expression) => [...expression.matchAll(/\b[A-Z0-9][A-Z0-9_]+\b/g)])
    .map(([name]) => name);
  const values = [...new Set(names)].map(
    (name) => `${name}=${config.get(`CONFIG_${name}`) ?? 'n'}`,
  );
  if (said.length > 0) return `${said.join('; ')}; here ${values.join(', ')}`;
  return /^\s+(bool|tristate|int|hex|string|prompt)\s+"/m.test(block)
    ? 'a choice decides otherwise'
    : 'it has no prompt: only a select or its default sets it';
};

const selectors = async (
  tree: string,
  symbol: string,
  config: ReadonlyMap<string, string>,
): Promise<string[]> => {
  const found = await git(
    ['grep', '-hE', `^[[:space:]]*((menu)?config |select ${symbol}( |$))`, '--', '*Kconfig*'],
    { cwd: tree },
  );
  let current = '';
  const names: string[] = [];
  for (const line of found.stdout.toString().split('\n')) {
    const head = /config (\w+)/.exec(line)?.[1];
    if (head !== undefined && !line.includes('select ')) current = head;
    else if (line.includes('select ') && config.has(`CONFIG_${current}`)) names.push(current);
  }
  return [...new Set(names)];
};
