// SPDX-License-Identifier: MIT
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { HostFault, HostFaults } from './fault.ts';

const YEAR_S = 365 * 24 * 60 * 60;

/** The host's clock is set while a program runs; another VM is forked after that. */
const stepped = (about: string, seconds: number): HostFault => ({
  about,
  plant: async (lab) => {
    const preload = join(lab.directory, 'clock.so');
    const file = join(lab.directory, 'stepped');
    const source = join(import.meta.dirname, 'clock.c');
    await execa('gcc', ['-shared', '-fPIC', '-O2', '-o', preload, source]);
    const running = lab.start({
      args: ['--isolate', '--tests', 'dawdles', '--tests', 'quick'],
      env: { LD_PRELOAD: preload, KBT_CLOCK_STEPPED: file, KBT_CLOCK_STEP: String(seconds) },
    });
    await running.logs('dawdles: now');
    await writeFile(file, '');
    const ran = await running.ended;
    // A saved state is marked with the time of its last use: what kbt took the time to be.
    const store = join(lab.cache, 'snapshots');
    const used = await Promise.all(
      (await readdir(store)).map(async (name) => (await stat(join(store, name))).mtimeMs),
    );
    const off = Math.max(...used.map((time) => Math.abs(time - Date.now()))) / 1000;
    if (off < YEAR_S / 2) throw new Error(`the clock was not set:\n${ran.stderr}`);
    return ran;
  },
  code: 0,
  says: '2 of 2 programs passed',
  outcome: 'pass',
});

/** With a real kernel in QEMU. */
export const CLOCK: HostFaults = {
  'clock-forwards': stepped('the clock is set forwards by a year while a program runs', YEAR_S),
  'clock-backwards': stepped('the clock is set backwards by a year while a program runs', -YEAR_S),
};
