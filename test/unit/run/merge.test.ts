// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { gravest } from '../../../harness/base/outcome.ts';
import { mergeShards, type Part } from '../../../harness/run/result/merge.ts';
import type { RunResult } from '../../../harness/run/result/result.ts';
import { partOf } from '../../../harness/run/schedule/shard.ts';
import { FAILED, program, RUN } from '../../support/hostile-run.ts';

const PLAN = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

test('shards are all of the plan, each program once, the long ones apart', () => {
  const durations = { b: 9000, e: 9000, a: 10, c: 20 };
  for (let of = 1; of <= 8; of += 1) {
    const shards = Array.from({ length: of }, (_, n) =>
      partOf(PLAN, durations, { index: n + 1, of }),
    );
    expect(shards.flat().sort()).toEqual(PLAN);
    for (const names of shards) expect(names).toEqual([...names].sort());
    if (of > 1)
      expect(shards.some((names) => names.includes('b') && names.includes('e'))).toBe(false);
  }
});

const part = (index: number, names: readonly string[], rest: Partial<RunResult> = {}): Part => ({
  name: `shard-${index}`,
  kept: {
    directory: `results/${index}`,
    result: {
      ...RUN,
      strayReports: [],
      shard: { index, of: 2, plan: PLAN.slice(0, 4) },
      programs: names.map((name) =>
        program(name, { output: `${name}.out`, console: 'console-1.log', boot: 1 }),
      ),
      exitCode: 0,
      ...rest,
    },
  },
});
const [one, two] = [part(1, ['a', 'd']), part(2, ['b', 'c'])];

test('shards come to the whole, in the order of the plan, with their files and VMs', () => {
  const merged = mergeShards([two, one]);
  if (!merged.ok) throw new Error(merged.failure.what);
  const { programs: all, exitCode, shard } = merged.value;
  expect(all.map(({ name, output, boot }) => [name, output, boot])).toEqual([
    ['a', 'shard-1/a.out', 2],
    ['b', 'shard-2/b.out', 1],
    ['c', 'shard-2/c.out', 1],
    ['d', 'shard-1/d.out', 2],
  ]);
  expect([exitCode, shard]).toEqual([0, undefined]);
  const skips = part(2, [], {
    exitCode: 1,
    programs: ['b', 'c'].map((name) => program(name, { outcome: 'skip', why: 'x' })),
  });
  expect(mergeShards([one, skips])).toMatchObject({ ok: true, value: { exitCode: 0 } });
  const stop = (by: 'kernel' | 'environment') => ({ stopped: { by, what: 'x', detail: '' } });
  const stopped = mergeShards([
    part(1, ['a', 'd'], stop('environment')),
    part(2, [], {
      ...stop('kernel'),
      programs: ['b', 'c'].map((name) => program(name, { outcome: 'not-run', why: 'x' })),
    }),
  ]);
  expect(stopped).toMatchObject({ ok: true, value: { exitCode: 1, stopped: { by: 'kernel' } } });
  const interrupted = {
    ...two,
    kept: { ...two.kept, result: { ...two.kept.result, exitCode: 130 } },
  };
  expect(mergeShards([one, interrupted])).toMatchObject({ ok: true, value: { exitCode: 130 } });
});

const REFUSED: readonly (readonly [string, readonly Part[], string])[] = [
  ['one is missing', [one], 'missing: shard 2 of 2'],
  ['one is there twice', [one, two, two], 'there twice: shard 2 of 2'],
  ['a program is missing', [one, part(2, ['b'])], 'missing: c'],
  ['a program is there twice', [one, part(2, ['b', 'c', 'd'])], 'there twice: d'],
  ['one program is another', [one, part(2, ['b', 'c', 'x'])], 'not in the plan: x'],
  [
    'one is of another kernel',
    [one, part(2, ['b', 'c'], { kernel: { fingerprint: 'x', release: 'y' } })],
    'the kernel of results/2',
  ],
  [
    'one is of another machine',
    [one, part(2, ['b', 'c'], { machine: { ...RUN.machine, cpus: 1 } })],
    'the machine of results/2',
  ],
  [
    'one is a whole run',
    [one, { ...two, kept: { ...two.kept, result: RUN } }],
    'results/2 is no shard',
  ],
  [
    'one is of another architecture',
    [one, part(2, ['b', 'c'], { architecture: 'riscv' })],
    'the architecture of results/2',
  ],
  [
    'one came to no run',
    [one, { ...two, kept: { directory: 'results/2', result: FAILED } }],
    'results/2 came to no run',
  ],
  ['there is none', [], 'nothing is no shard'],
];
test.for(REFUSED)('where %s, nothing is merged', ([, parts, why]) => {
  const merged = mergeShards(parts);
  expect(merged).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  expect(merged.ok ? '' : merged.failure.what).toContain(why);
});

test.for([
  [[0, 13], 3],
  [[0, 127, 1], 1],
  [[0, 137], 3],
  [[0, 2, 1], 2],
  [[0, 0], 0],
  [[], 1],
] as const)('of the exit codes %j the gravest is %d', ([codes, wanted]) => {
  expect(gravest(codes)).toBe(wanted);
});
