// SPDX-License-Identifier: MIT
import { isDeepStrictEqual } from 'node:util';
import { tool } from '../arch/host.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { run } from '../base/process/process.ts';

/** The instructions of each function, in order: bytes, text, relocations; none of the addresses. */
export type Code = ReadonlyMap<string, readonly string[]>;

/** How many functions a description names. */
const NAMED = 5;

/**
 * The code of an object file, by section and function, as objdump shows it. Two
 * that are equal hold the same bytes and call the same functions. Fails where
 * objdump cannot read the file.
 */
export const codeOf = async (file: string, signal: AbortSignal): Promise<Result<Code>> => {
  const flags = ['-d', '-r', '-w', '-z', '--no-addresses'];
  const ended = await run({ argv: [tool('objdump'), ...flags, file], capture: true, signal });
  return ended.code === 0
    ? ok(parse(ended.stdout.toString()))
    : fail('unbuildable', 'objdump cannot read it', { where: file, detail: ended.tail.join('\n') });
};

const parse = (dump: string): Code => {
  const code = new Map<string, string[]>();
  let section = '';
  let lines: string[] = [];
  for (const line of dump.split('\n')) {
    const head = /^(?:Disassembly of section (.*)|<(.*)>):$/.exec(line);
    if (head?.[1] !== undefined) section = head[1];
    else if (head?.[2] !== undefined) {
      const name = section === '.text' ? head[2] : `${head[2]} in ${section}`;
      lines = code.get(name) ?? [];
      code.set(name, lines);
    } else if (line.startsWith('\t')) lines.push(line.trim());
  }
  return code;
};

/**
 * The functions whose code differs between two objects, each with its first instruction that
 * does. undefined where nothing differs.
 */
export const describeDifference = (before: Code, after: Code): string | undefined => {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const differing = names
    .filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)))
    .map((name) => {
      const [old, now] = [before.get(name), after.get(name)];
      if (!old) return `${name} is new`;
      if (!now) return `${name} is gone`;
      const found = old.findIndex((line, index) => line !== now[index]);
      const at = found === -1 ? old.length : found;
      return `${name}: ${instruction(old[at])} -> ${instruction(now[at])}`;
    });
  if (differing.length === 0)
    return isDeepStrictEqual([...before.keys()], [...after.keys()]) ? undefined : 'another order';
  const more = differing.length - NAMED;
  return [...differing.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
};

/** Without its bytes. */
const instruction = (line: string | undefined): string =>
  line?.split('\t').slice(1).join(' ').replaceAll(/ +/g, ' ') ?? 'nothing';
