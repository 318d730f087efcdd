// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Context } from '../../base/context.ts';
import type { Machine } from '../../vm/machine.ts';

/** Of the memory that the host has to give, guests get this share. */
const SHARE = 0.8;
/** Guests wait more than they compute: so many of their processors share one of the host's. */
const SHARED = 2;

/**
 * How many VMs at once the host can carry, at most `jobs`, though the largest of the
 * machines run side by side; says where it is fewer.
 */
export const affordable = async (
  context: Context,
  jobs: number,
  machines: readonly Pick<Machine, 'cpus' | 'memoryMiB'>[],
): Promise<number> => {
  if (jobs === 1 || machines.length === 0) return 1;
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const availableMiB = Number(/^MemAvailable: +(\d+)/m.exec(meminfo)?.[1] ?? 0) / 1024;
  const memoryMiB = Math.max(...machines.map((machine) => machine.memoryMiB));
  const cpus = Math.max(...machines.map((machine) => machine.cpus));
  const bounds = {
    memory: Math.floor((availableMiB * SHARE) / memoryMiB),
    processors: Math.floor((availableParallelism() * SHARED) / cpus),
  };
  const most = Math.max(1, Math.min(bounds.memory, bounds.processors));
  if (most < jobs) {
    const what = bounds.memory < bounds.processors ? 'memory' : 'processors';
    const text = `--jobs ${jobs}: this machine has ${what} for ${most} VMs of this size`;
    context.emit({ type: 'warning', text });
  }
  return Math.min(jobs, most);
};
