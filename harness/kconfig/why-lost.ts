// SPDX-License-Identifier: MIT
import { git } from '../base/process/git.ts';
import type { Option } from './fragment.ts';

/**
 * The reason why an option did not survive olddefconfig, read off the Kconfig
 * text: the symbol is not there, it has no prompt, or a symbol that it depends
 * on has another value. An `if` or a menu around it is not looked at.
 */
export const whyLost = async (
  tree: string,
  option: Option,
  config: ReadonlyMap<string, string>,
): Promise<string> => {
  const symbol = option.name.replace(/^CONFIG_/, '');
  const found = await git(
    ['grep', '-hE', '-A40', `^[[:space:]]*(menu)?config ${symbol}$`, '--', '*Kconfig*'],
    { cwd: tree },
  );
  const text = found.stdout.toString();
  if (text === '') return `this tree knows no ${symbol}`;
  const block = text.split(/\n(?=(?:menu)?config |endmenu|endif|choice|menu )/)[0] ?? '';
  const selecting = option.value === 'n' ? await selectors(tree, symbol, config) : [];
  if (selecting.length > 0) return `it is selected by ${selecting.join(', ')}`;
  const unmet = [...block.matchAll(/^\s+depends on (.*)$/gm)]
    .flatMap((match) => [...(match[1] ?? '').matchAll(/\b[A-Z][A-Z0-9_]+\b/g)])
    .map((match) => match[0])
    .filter((name, index, all) => all.indexOf(name) === index)
    .map((name) => `${name}=${config.get(`CONFIG_${name}`) ?? 'n'}`);
  const depends = [...block.matchAll(/^\s+(depends on .*)$/gm)].map((m) => m[1]);
  if (depends.length > 0) return `${depends.join('; ')}; here ${unmet.join(', ')}`;
  return /^\s+(bool|tristate|int|hex|string|prompt)\s+"/m.test(block)
    ? 'the if or menu around it, or a choice, decides otherwise'
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
