// SPDX-License-Identifier: MIT
import { readFileSync, rmSync } from 'node:fs';
import { parse } from 'yaml';
import type { Bisected } from '../../harness/bisect/bisect.ts';
import { kbt, readTold, type Told } from '../support/kbt.ts';
import type { Regression } from './regressions.ts';

/** The options of a cell, as boot-test and its like take them. */
const rowOf = (cell: string): { readonly row: string; readonly args: readonly string[] } => {
  const [, row = '', newest] = /^[^/]+\/([^@]+)(@newest)?$/.exec(cell) ?? [];
  const rows = parse(readFileSync('kernel-patches/matrix.yaml', 'utf8')) as Readonly<
    Record<string, { variant?: string[]; cpus?: number; memory?: number; append?: string }>
  >;
  const { variant = [], cpus, memory, append } = rows[row] ?? {};
  return {
    row,
    args: [
      ...(variant.length > 0 ? ['--variant', variant.join(',')] : []),
      ...(cpus === undefined ? [] : ['--cpus', String(cpus)]),
      ...(memory === undefined ? [] : ['--memory', String(memory)]),
      ...(append === undefined ? [] : ['--append', append]),
      ...(newest ? ['--newest'] : []),
    ],
  };
};

const seriesOf = (cell: string): string => cell.split('/')[0] ?? '';

/** What is given to `kbt matrix` to see it again. */
export const againOf = ({ cells, question }: Regression): readonly string[] => {
  const [cell = ''] = cells;
  const tests = question[0] === '--test' ? ['--tests', question[1] ?? ''] : [];
  const sources = cell.endsWith('@newest') ? ['--sources', 'newest'] : [];
  return [rowOf(cell).row, '--series', seriesOf(cell), ...sources, ...tests];
};

/**
 * Searches the history of a series since a good revision; gives why nothing was found where
 * the search was refused: both ends fail, or no commit lies between them.
 */
export const searchFor = async (
  { cells, question }: Regression,
  good: string | undefined,
  json: string,
): Promise<Told<Bisected>> => {
  if (good === undefined)
    return { kind: 'none', why: ['no good revision is known to search from'] };
  const [cell = ''] = cells;
  const about = ['--history', '--good', good, '--series', seriesOf(cell), ...rowOf(cell).args];
  rmSync(json, { force: true });
  return readTold<Bisected>(json, await kbt('bisect', ...about, ...question, '--json', json));
};
