// SPDX-License-Identifier: MIT
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../harness/run/result/result.ts';
import { GUEST_FAULTS, type GuestFault } from '../faults/table.ts';
import { kbt, ROOT, type Ran } from './kbt.ts';
import { readTold } from './told.ts';

/**
 * Runs boot-test and gives what it wrote beside what it printed, and what its
 * programs printed, in their order; throws where it wrote nothing.
 */
export const bootTest = async (
  ...args: string[]
): Promise<Ran & { readonly result: RunResult; readonly outputs: readonly string[] }> => {
  const directory = await mkdtemp(join(tmpdir(), 'kbt-boot-'));
  const json = join(directory, 'result.json');
  const ran = await kbt(['boot-test', '--json', json, ...args]);
  const told = await readTold(json);
  await rm(directory, { recursive: true, force: true });
  if (told === undefined) throw new Error(`no result:\n${ran.stderr}`);
  const result = told as RunResult;
  const home = /; see (\S+)$/m.exec(ran.stderr)?.[1] ?? '';
  const outputs = await Promise.all(
    result.programs.map(({ output = '' }) => readFile(join(home, output), 'utf8').catch(() => '')),
  );
  return { ...ran, result, outputs };
};

/** The kernel with faults on demand, and the programs that ask for them. */
export const FAULTS: readonly string[] = [
  '--series-dir',
  join(ROOT, 'test', 'faults', 'series'),
  '--test-dir',
  join(ROOT, 'test', 'faults', 'programs'),
  // What uses_helper wants to find.
  '--env',
  "KBT_WORD=it's here; $HOME",
];

/** Beside the programs of the table run smoke, before them, and a suite, after them. */
const EXPECTED: Readonly<Record<string, Omit<GuestFault, 'about'>>> = {
  ...GUEST_FAULTS,
  smoke: { outcome: 'pass' },
  'kunit.list-kunit-test': {
    outcome: 'error',
    why: 'this kernel has no KUnit suite list-kunit-test',
  },
};

/** Where a run says something else than the table, in words; a program that is not in it, too. */
export const disagreements = ({ programs }: RunResult): readonly string[] =>
  programs.flatMap(({ name, outcome, why = '', boot }, index) => {
    const wanted = EXPECTED[name];
    if (!wanted) return [`${name} is not in the table`];
    const next = programs[index + 1];
    return [
      ...(outcome === wanted.outcome ? [] : [`${name}: ${outcome}, not ${wanted.outcome}: ${why}`]),
      ...(why.includes(wanted.why ?? '')
        ? []
        : [`${name}: "${why}" without "${wanted.why ?? ''}"`]),
      ...(wanted.contaminates && next?.boot === boot
        ? [`${next.name} ran where ${name} had been`]
        : []),
    ];
  });
