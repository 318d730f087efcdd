// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import type { Shard } from '../../run/schedule/shard.ts';
import { positive, seed, shard } from '../arguments.ts';
import { declare } from './declare.ts';

/** How programs run. */
export const JOBS = declare<number>({
  flags: '--jobs <n>',
  help: 'at most so many VMs at once (1)',
  parse: positive,
  inFile: 'number',
  patch: (jobs) => ({ policy: { jobs } }),
});

export const SHARD = declare<Shard>({
  flags: '--shard <i/n>',
  help: 'of the plan, or of the cells, only the i-th of n parts; see kbt merge',
  parse: shard,
  patch: (part) => ({ policy: { shard: part } }),
});

export const POLICY = [
  declare<true>({
    flags: '--isolate',
    help: 'a fresh VM for every program',
    patch: () => ({ policy: { isolate: true } }),
  }),
  JOBS,
  declare<number>({
    flags: '--repeat <n>',
    help: 'run each program so many times; passed and failed is flaky',
    parse: positive,
    patch: (repeat) => ({ policy: { repeat } }),
  }),
  declare<true>({
    flags: '--until-fail',
    help: 'repeat until one does not pass (1000 times, or --repeat)',
    patch: () => ({ policy: { untilFail: true } }),
  }),
  declare<number | true>({
    flags: '--shuffle [seed]',
    help: 'another order of programs, the same for the same seed',
    parse: seed,
    patch: (chosen) => ({ policy: { shuffle: chosen === true ? randomInt(2 ** 31) : chosen } }),
  }),
  SHARD,
  declare<false>({
    flags: '--no-fork',
    help: 'boot every VM, take none from a saved state',
    patch: () => ({ policy: { fork: false } }),
  }),
  declare<true>({
    flags: '--dump',
    help: 'write the memory of a guest that hangs to a core file',
    patch: () => ({ policy: { dump: true } }),
  }),
];
