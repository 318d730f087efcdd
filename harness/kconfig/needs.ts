// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../base/result.ts';

/** What a kernel of some variant needs of the machine it runs on. */
export interface Needs {
  /** undefined: what is usual. */
  readonly memoryMiB: number | undefined;
  /** How many times as long as usual things may take in it. */
  readonly slower: number;
}

const USUAL: Needs = { memoryMiB: undefined, slower: 1 };

/** A line of a variant: `# kbt: memory=1024 slower=4`, either or both. */
const LINE = /^#\s*kbt:\s*(.*)$/;

/** The most that any of the fragments asks for. Fails with `unbuildable`, naming file and line. */
export const readNeeds = async (files: readonly string[]): Promise<Result<Needs>> => {
  let { memoryMiB, slower } = USUAL;
  for (const file of files) {
    for (const [index, line] of (await readFile(file, 'utf8')).split('\n').entries()) {
      for (const word of LINE.exec(line)?.[1]?.split(/\s+/) ?? []) {
        const [, name, digits] = /^(memory|slower)=([1-9]\d{0,5})$/.exec(word) ?? [];
        if (name === 'memory') memoryMiB = Math.max(memoryMiB ?? 0, Number(digits));
        else if (name === 'slower') slower = Math.max(slower, Number(digits));
        else
          return fail('unbuildable', `a variant cannot ask for ${word}`, {
            where: `${file}:${index + 1}`,
            remedy: 'write # kbt: memory=MIB slower=TIMES',
          });
      }
    }
  }
  return ok({ memoryMiB, slower });
};
