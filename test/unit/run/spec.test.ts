// SPDX-License-Identifier: MIT
import { expect, test } from 'vitest';
import { affordable } from '../../../harness/run/schedule/afford.ts';
import { specFor } from '../../../harness/run/guest/machine.ts';
import { NO_NEEDS } from '../../../harness/run/tests/program-needs.ts';
import {
  deadlinesOf,
  DEFAULTS,
  layered,
  memoryOf,
  repeatOf,
  RUN_SPEC,
} from '../../../harness/run/spec.ts';

test('the defaults are a spec', () => {
  expect(RUN_SPEC.parse(DEFAULTS)).toEqual(DEFAULTS);
});

test('lists are joined, memory and patience are the greater, series are chosen, all else is replaced', () => {
  const spec = layered(
    DEFAULTS,
    { kernel: { series: ['a'], variants: ['kasan'] }, machine: { memoryMiB: 1024 } },
    { kernel: { series: ['b', 'c'], variants: ['gcov'] }, machine: { memoryMiB: 300, cpus: 3 } },
    { machine: { cpus: 1, append: ['quiet'] }, tests: { slower: 4, environment: { A: '1' } } },
    { machine: { append: ['x=1'] }, tests: { slower: 2, environment: { B: '2' } } },
    { policy: { fork: false, repeat: undefined } },
  );
  expect(RUN_SPEC.parse(spec)).toMatchObject({
    kernel: { series: ['b', 'c'], variants: ['kasan', 'gcov'] },
    machine: { memoryMiB: 1024, cpus: 1, append: ['quiet', 'x=1'] },
    tests: { slower: 4, environment: { A: '1', B: '2' } },
    policy: { fork: false },
  });
  expect(DEFAULTS.kernel.variants).toEqual([]);
});

test('what nobody says is what is usual', () => {
  const slow = layered(DEFAULTS, { tests: { slower: 4 } });
  expect(deadlinesOf(slow)).toEqual({ timeout: 120, bootTimeout: 480 });
  expect(deadlinesOf(layered(slow, { tests: { timeout: 5 } })).timeout).toBe(5);
  expect(memoryOf(DEFAULTS)).toBe(512);
  expect(memoryOf(layered(DEFAULTS, { machine: { memoryMiB: 256 } }))).toBe(256);
  expect(repeatOf(DEFAULTS)).toBe(1);
  expect(repeatOf(layered(DEFAULTS, { policy: { untilFail: true } }))).toBe(1000);
});

test('a program counts before all others, and --jobs reckons with it', async () => {
  const spec = layered(DEFAULTS, { machine: { cpus: 2, memoryMiB: 1024, append: ['a=1'] } });
  const needs = { ...NO_NEEDS, cpus: 1, memoryMiB: 512, append: 'b=2', devices: ['edu'] as const };
  expect(specFor(spec, needs).machine).toMatchObject({
    ...{ cpus: 1, memoryMiB: 1024, append: ['a=1', 'b=2'], devices: ['edu'] },
  });
  const told: string[] = [];
  const context = {
    emit: (event: { text?: string }) => void told.push(event.text ?? ''),
  } as never;
  const machines = [
    { cpus: 1, memoryMiB: 64 },
    { cpus: 1, memoryMiB: 1024 ** 3 },
  ];
  expect(await affordable(context, 2, machines.slice(0, 1))).toBe(2);
  expect(await affordable(context, 2, machines)).toBe(1);
  expect(told).toEqual([expect.stringContaining('this machine has memory for 1 VMs')]);
});
