// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { limit } from '../../../harness/cli/arguments.ts';
import { sumByFunction } from '../../../harness/measure/cost/attribution.ts';
import { differingFunctions, steady, type Cost } from '../../../harness/measure/cost/cost.ts';
import { parseTold } from '../../../harness/measure/cost/count-run.ts';
import { isCheap, renderCost, renderCostTap } from '../../../harness/report/series/cost.ts';

test('what the guest tells is read in instructions', () => {
  const told = parseTold([
    'memory Slab 2244',
    'probe getppid 1824',
    'probe x cannot: No such device',
  ]);
  if (!told.ok) throw new Error(told.failure.what);
  expect([...told.value.probes]).toEqual([
    ['getppid', 228],
    ['x', 'No such device'],
  ]);
  expect(told.value.memory.get('Slab')).toBe(2244);
  expect(parseTold(['probe getppid 1824', 'died calls 139', 'end'])).toMatchObject({
    failure: { kind: 'unbuildable', what: 'the probes in calls.c died (wait status 139)' },
  });
});

test('a figure is one that all runs agree on', () => {
  const runs = [
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['a', 1],
      ['b', 3],
    ]),
  ];
  expect([...steady(runs)]).toEqual([
    ['a', 1],
    ['b', [2, 3]],
  ]);
  // What one run did not tell is no figure.
  expect(steady([new Map([['a', 1]]), new Map()]).get('a')).toEqual([1, 'it was not told']);
});

test('instructions are summed by function, and what differs comes first', () => {
  const at = (address: bigint) =>
    address >= 0x100n ? { name: address < 0x200n ? 'f' : 'g', offset: 0n } : undefined;
  const sums = sumByFunction('100 2\n1ff 3\n200 1\n10 7\nend\n', at);
  expect([...sums]).toEqual([
    ['f', 5],
    ['g', 1],
    ['user space', 7],
  ]);
  const more = new Map([...sums, ['g', 9], ['f', 6], ['h', 1]]);
  expect(differingFunctions(sums, more).map(({ name }) => name)).toEqual(['g', 'f', 'h']);
});

const COST: Cost = {
  series: ['s'],
  instructions: [
    { name: 'getppid', base: 1000, patched: 1001 },
    { name: 'own', base: 'Function not implemented', patched: 40 },
  ],
  accounts: [{ probe: 'getppid', functions: [{ name: 'f', base: 5, patched: 6 }] }],
  bytes: [{ name: 'text', base: 10, patched: 12 }],
  memory: [{ name: 'Slab', base: 1, patched: 1 }],
  symbols: [{ name: 'f', base: 5, patched: 9 }],
};

test('limits hold or are passed', () => {
  const limits = (...texts: string[]) => texts.flatMap((text) => limit(text));
  expect(isCheap([])(COST)).toBe(true);
  expect(isCheap(limits('getppid=0.1%', 'getppid=1'))(COST)).toBe(true);
  expect(isCheap(limits('getppid=0.09%'))(COST)).toBe(false);
  expect(isCheap(limits('getppid=0'))(COST)).toBe(false);
  // What the base cannot do has no difference, and nobody may think it had.
  expect(isCheap(limits('own=0'))(COST)).toBe(false);
  expect(isCheap(limits('nobody=1'))(COST)).toBe(false);
  expect(() => limit('getppid')).toThrow('is wanted');
  const nothing = { ...COST, instructions: COST.instructions.slice(1) };
  expect(isCheap([])(nothing)).toBe(false);
  const unsteady = { ...COST, instructions: [{ name: 'a', base: [1, 2], patched: 1 }] };
  expect(isCheap([])(unsteady)).toBe(false);
});

test('cost is told in words and TAP', () => {
  expect(renderCost(COST)).toMatch(/^getppid +1000 +1001 +\+1 +0\.100 %$/m);
  expect(renderCost(COST)).toMatch(/^ {2}f +5 +6 +\+1$/m);
  const tap = renderCostTap(limit('getppid=0'))(COST);
  expect(tap).toContain('ok 2 - own # SKIP not on both kernels');
  expect(tap).toContain('not ok 3 - getppid grows by at most 0 instructions');
});
